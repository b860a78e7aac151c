"use strict";
// The one script of the page: adds up the cells of the cube (see reports/filter_cube.py) that a reader has chosen.
// It reads the page's own JSON, asks nothing of any other place, and writes text as text: names that customers, sources
// or venues brought never become markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const cube = JSON.parse(byId("cube").textContent);
  const WEEKS = cube.weeks.length;
  const english = byId("english");
  const SVG = "http://www.w3.org/2000/svg";

  // --- the cube, unpacked -------------------------------------------------------------------------------------------

  // Distances to places: [3, 1, 2] -> [3, 4, 6].
  function places(distances) {
    let place = 0;
    return distances.map((distance) => (place += distance));
  }

  // Distance and count in turn to one count a cell.
  function unpacked(pairs, length) {
    const counts = new Int32Array(length);
    let place = 0;
    for (let at = 0; at < pairs.length; at += 2) {
      place += pairs[at];
      counts[place] = pairs[at + 1];
    }
    return counts;
  }

  const cells = places(cube.cells);
  const seriesOf = cells.map((place) => Math.floor(place / WEEKS));
  const weekOf = cells.map((place) => place % WEEKS);
  const seriesCount = cells.length ? seriesOf[cells.length - 1] + 1 : 0;
  const measures = { reviews: cube.reviews, satisfaction: cube.satisfaction };
  for (const [name, pairs] of Object.entries(cube.sparse)) measures[name] = unpacked(pairs, cells.length);

  // --- words and figures ------------------------------------------------------------------------------------------

  function span(language, text) {
    const made = document.createElement("span");
    made.lang = language;
    made.textContent = text;
    return made;
  }

  // Both languages; the page shows the one that it is read in.
  function say(element, [chinese, inEnglish]) {
    element.replaceChildren(span("zh", chinese), span("en", inEnglish));
  }

  const now = ([chinese, inEnglish]) => (english.checked ? inEnglish : chinese);
  const whole = (count) => count.toLocaleString("en-US");

  // So many decimals; halves go to the even digit, as on the rest of the page.
  function fixed(value, digits) {
    const twice = value * 2 ** (digits + 1);
    if (!Number.isInteger(twice) || twice % 2 === 0) return value.toFixed(digits);
    const low = Math.floor(value * 10 ** digits);
    return ((low % 2 === 0 ? low : low + 1) / 10 ** digits).toFixed(digits);
  }

  const percent = (part, base) => `${fixed((part / base) * 100, 1)}%`;
  const alike = (text) => [text, text];
  const share = (part, base) => (base >= cube.fewestPublished ? alike(percent(part, base)) : cube.tooFew);
  const meanOf = (sums) => sums.satisfaction / 1000 / (sums.reviews - sums.unscored);

  // --- what is chosen ---------------------------------------------------------------------------------------------

  const from = byId("from-week");
  const to = byId("to-week");
  const selects = ["source", "industry", "region"].filter((axis) => byId(`by-${axis}`));
  const venue = byId("by-venue");
  const NOT_GIVEN = ["未注明", "not given"];
  const ALL = ["全部", "all"];

  function option(value, text) {
    const made = document.createElement("option");
    made.value = value;
    made.textContent = text;
    return made;
  }

  // Options hold one language: written again when the reader changes it.
  function writeOptions() {
    for (const axis of selects) {
      const select = byId(`by-${axis}`);
      const chosen = select.value;
      const named = cube.names[axis].map((name, place) => option(place, name ?? now(NOT_GIVEN)));
      select.replaceChildren(option("", now(ALL)), ...named);
      select.value = chosen;
    }
  }

  function writeWeeks() {
    for (const select of [from, to]) {
      select.replaceChildren(...cube.weeks.map(([first, last], week) => option(week, select === from ? first : last)));
    }
  }

  // A venue's whole name means that venue alone; anything shorter means all whose name holds it.
  function wantedVenues() {
    const asked = venue ? venue.value.trim().toLowerCase() : "";
    if (!asked) return null;
    const names = cube.names.venue.map((name) => (name ?? "").toLowerCase());
    const isWhole = names.includes(asked);
    return names.map((name) => (isWhole ? name === asked : name.includes(asked)));
  }

  function wantedSeries(venues) {
    const wanted = new Uint8Array(seriesCount).fill(1);
    for (const axis of selects) {
      const chosen = byId(`by-${axis}`).value;
      if (chosen === "") continue;
      for (let at = 0; at < seriesCount; at += 1) if (cube.series[axis][at] !== Number(chosen)) wanted[at] = 0;
    }
    if (venues) for (let at = 0; at < seriesCount; at += 1) if (!venues[cube.series.venue[at]]) wanted[at] = 0;
    return wanted;
  }

  // --- adding up --------------------------------------------------------------------------------------------------

  function addedUp(wanted, firstWeek, lastWeek) {
    const total = {};
    const weeks = cube.weeks.map(() => ({}));
    for (const [name, counts] of Object.entries(measures)) {
      total[name] = 0;
      for (const week of weeks) week[name] = 0;
      for (let at = 0; at < cells.length; at += 1) {
        if (!wanted[seriesOf[at]] || weekOf[at] < firstWeek || weekOf[at] > lastWeek) continue;
        total[name] += counts[at];
        weeks[weekOf[at]][name] += counts[at];
      }
    }
    return { total, weeks };
  }

  // --- showing ----------------------------------------------------------------------------------------------------

  function showChosen(total, venues) {
    const [first, last, count] = [cube.weeks[from.value][0], cube.weeks[to.value][1], to.value - from.value + 1];
    const chinese = [`${first} 至 ${last}，${count} 周`];
    const inEnglish = [`${first} to ${last}, weeks: ${count}`];
    for (const axis of selects) {
      const chosen = byId(`by-${axis}`).value;
      if (chosen === "") continue;
      const name = cube.names[axis][chosen];
      chinese.push(`${cube.axisNames[axis][0]}：${name ?? NOT_GIVEN[0]}`);
      inEnglish.push(`${cube.axisNames[axis][1]}: ${name ?? NOT_GIVEN[1]}`);
    }
    if (venues) {
      const found = venues.filter(Boolean).length;
      const asked = venue.value.trim();
      chinese.push(found ? `名称含“${asked}”的门店 ${whole(found)} 个` : `没有名称含“${asked}”的门店`);
      inEnglish.push(found ? `venues named “${asked}”: ${whole(found)}` : `no venue is named “${asked}”`);
    }
    chinese.push(`可判读评论 ${whole(total.reviews)} 条`);
    inEnglish.push(`judged reviews: ${whole(total.reviews)}`);
    say(byId("chosen"), [`${chinese.join("；")}。`, `${inEnglish.join("; ")}.`]);
  }

  function showCards(total) {
    const scored = total.reviews - total.unscored;
    const mean = scored >= cube.fewestShown ? fixed(meanOf(total), 2) : "–";
    const index = scored >= cube.fewestPublished ? fixed((meanOf(total) - 1) * 25, 0) : null;
    for (const name of ["reviews", "negative", "failed", "red"]) byId(`card-${name}`).textContent = whole(total[name]);
    say(byId("card-index"), index === null ? cube.tooFew : alike(index));
    say(byId("note-index"), [`满意度均值 ${mean}`, `mean satisfaction ${mean}`]);
    say(byId("note-reviews"), ["所选范围", "of this choice"]);
    say(byId("note-red"), ["所选范围，按事件计", "incidents of this choice"]);
    for (const name of ["negative", "failed"]) {
      const [chinese, inEnglish] = share(total[name], total.reviews);
      say(byId(`note-${name}`), [`占比 ${chinese}`, `share ${inEnglish}`]);
    }
  }

  function showFailures(total) {
    for (const cell of document.querySelectorAll("[data-count]")) cell.textContent = whole(total[cell.dataset.count]);
    for (const cell of document.querySelectorAll("[data-share]")) {
      say(cell, share(total[cell.dataset.share], total.reviews));
    }
  }

  function showWeeks(weeks, firstWeek) {
    const rows = weeks.map((sums, at) => {
      const enough = sums.reviews >= cube.fewestShown;
      const scored = sums.reviews - sums.unscored;
      const row = document.createElement("tr");
      const texts = [
        cube.weeks[firstWeek + at][0],
        whole(sums.reviews),
        whole(sums.negative),
        whole(sums.failed),
        enough ? percent(sums.failed, sums.reviews) : "–",
        scored >= cube.fewestShown ? fixed(meanOf(sums), 2) : "–",
      ];
      for (const [place, text] of texts.entries()) {
        const cell = document.createElement("td");
        if (place) cell.className = "n";
        cell.textContent = text;
        row.append(cell);
      }
      return row;
    });
    byId("weeks").replaceChildren(...rows);
  }

  function drawn(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function showBars(weeks, firstWeek) {
    const [left, top, width, height] = [44, 12, 664, 130];
    const most = Math.max(1, ...weeks.map((sums) => sums.reviews));
    const step = width / weeks.length;
    const parts = [drawn("text", { x: 4, y: top + 8, class: "axis" }, whole(most))];
    for (const [at, sums] of weeks.entries()) {
      const x = left + step * (at + 0.15);
      const [all, failed] = [sums.reviews, sums.failed].map((count) => (height * count) / most);
      for (const [tall, fill] of [[all, "#0072B2"], [failed, "#D55E00"]]) {
        parts.push(drawn("rect", { x, y: top + height - tall, width: step * 0.7, height: tall, fill }));
      }
      const [first] = cube.weeks[firstWeek + at];
      if (at % Math.max(1, Math.floor(weeks.length / 8)) === 0) {
        parts.push(drawn("text", { x, y: top + height + 18, class: "axis" }, first.slice(5)));
      }
    }
    byId("bars").replaceChildren(...parts);
  }

  function show() {
    const venues = wantedVenues();
    const [firstWeek, lastWeek] = [Number(from.value), Number(to.value)];
    const { total, weeks } = addedUp(wantedSeries(venues), firstWeek, lastWeek);
    const chosenWeeks = weeks.slice(firstWeek, lastWeek + 1);
    showChosen(total, venues);
    showCards(total);
    showFailures(total);
    showWeeks(chosenWeeks, firstWeek);
    showBars(chosenWeeks, firstWeek);
  }

  // The 13 weeks that most of the page is of.
  function reset() {
    from.value = Math.max(0, WEEKS - cube.windowWeeks);
    to.value = WEEKS - 1;
    for (const axis of selects) byId(`by-${axis}`).value = "";
    if (venue) venue.value = "";
    show();
  }

  // --- beginning --------------------------------------------------------------------------------------------------

  writeWeeks();
  writeOptions();
  if (venue) {
    const known = cube.names.venue.filter((name) => name !== null);
    byId("venue-names").replaceChildren(...known.map((name) => option(name, "")));
  }
  // A first week after the last one takes the last one with it, and the other way round.
  from.addEventListener("change", () => { if (Number(from.value) > Number(to.value)) to.value = from.value; show(); });
  to.addEventListener("change", () => { if (Number(to.value) < Number(from.value)) from.value = to.value; show(); });
  for (const axis of selects) byId(`by-${axis}`).addEventListener("change", show);
  if (venue) venue.addEventListener("input", show);
  byId("all-again").addEventListener("click", reset);
  english.addEventListener("change", () => { writeOptions(); show(); });
  reset();
  byId("filtered").hidden = false;
})();
