"""The queries of a report that need no further work, over the tables of ``reports.report_rows``."""

RED_LINES = """
SELECT venue_shown AS venue, failure_subtype, department, day, quote, confidence, review_id
FROM happened WHERE now AND severity = 3
ORDER BY confidence < 0.5, day DESC, review_id, incident_no LIMIT 50
"""
PROMISES = """
SELECT venue_shown AS venue, coalesce(aspect, '其他') AS aspect, count(*) AS cases,
       arg_max(quote, (found_by <> 'model', severity, day)) AS quote
FROM happened WHERE recent AND confidence >= 0.5 AND failure_subtype = 'delivery.unavailable'
GROUP BY ALL ORDER BY cases DESC, venue, aspect LIMIT 15
"""
STATE = """CASE WHEN len(failure_subtypes) = 0 THEN 'none'
  WHEN recovery_outcome IN ('satisfied', 'partial') THEN 'recovered'
  WHEN recovery_outcome = 'dissatisfied' OR list_contains(recovery_actions, 'none') THEN 'unrecovered'
  ELSE 'untold' END"""
RECOVERY = f"""
SELECT {STATE} AS state, count(*) AS n, avg(satisfaction) AS satisfaction,
       avg(CASE WHEN loyalty IN ('stay', 'recommend') THEN 1 WHEN loyalty = 'leave' THEN 0 END) AS stay,
       count(*) FILTER (loyalty IN ('stay', 'recommend', 'leave')) AS said
FROM scoped WHERE recent AND counts GROUP BY 1
"""
LOYALTY = """
WITH told AS (SELECT recent, unnest([loyalty, CASE WHEN list_contains(voice, 'public') THEN 'public' END,
    CASE WHEN list_contains(voice, 'third_party') THEN 'third_party' END,
    CASE WHEN list_contains(drivers, 'competitor') THEN 'competitor' END]) AS what FROM scoped WHERE counts),
sizes AS (SELECT count(*) FILTER (recent) AS now, count(*) FILTER (NOT recent) AS before FROM scoped WHERE counts)
SELECT what, count(*) FILTER (recent) AS n, count(*) FILTER (recent) / nullif(any_value(now), 0) AS share,
       count(*) FILTER (NOT recent) / nullif(any_value(before), 0) AS before_share
FROM told, sizes WHERE what IS NOT NULL AND what <> 'none' GROUP BY what ORDER BY n DESC
"""
TERMS = """
WITH words AS (
  SELECT DISTINCT s.review_id, s.recent, s.satisfaction, s.text, unnest(t.tokens) AS word
  FROM tokens t JOIN scoped s ON s.review_id = t.review_id WHERE s.counts)
SELECT word, count(*) FILTER (recent) AS n, count(*) FILTER (NOT recent) AS n_before,
       avg(satisfaction) FILTER (recent) AS satisfaction,
       arg_max(substr(text, greatest(1, strpos(text, word) - 12), 30), review_id) FILTER (recent) AS quote
FROM words WHERE length(word) BETWEEN 2 AND 8 AND regexp_full_match(word, '[一-鿿]+')
GROUP BY word HAVING count(*) FILTER (recent) >= 5 ORDER BY word
"""
QUALITY = """
WITH judged AS (
  SELECT recent, unnest([
    {'what': 'rater_reliability', 'value': rater_reliability},
    {'what': 'rater_responsiveness', 'value': rater_responsiveness},
    {'what': 'rater_assurance', 'value': rater_assurance},
    {'what': 'rater_empathy', 'value': rater_empathy},
    {'what': 'rater_tangibles', 'value': rater_tangibles},
    {'what': 'expectation',
     'value': CASE expectation WHEN 'exceeded' THEN 1 WHEN 'met' THEN 0 WHEN 'below' THEN -1 END::TINYINT}]) AS one
  FROM scoped WHERE counts)
SELECT one.what AS what, count(*) FILTER (recent) AS n, count(*) FILTER (recent AND one.value = 1) AS good,
       count(*) FILTER (recent AND one.value = -1) AS bad, avg(one.value) FILTER (recent) AS net,
       avg(one.value) FILTER (NOT recent) AS net_before, count(*) FILTER (NOT recent) AS n_before
FROM judged WHERE one.value IS NOT NULL GROUP BY 1 ORDER BY 1
"""
LEAVING = """
SELECT venue_shown AS venue, day, loyalty, voice, substr(text, 1, 80) AS quote FROM scoped
WHERE now AND (loyalty = 'leave' OR len(list_intersect(voice, ['public', 'third_party'])) > 0)
ORDER BY len(voice) DESC, severity DESC, day DESC LIMIT 15
"""
PRAISE = """
SELECT coalesce(department, touchpoint, '未分部门') AS department, aspect, count(*) AS cases,
       arg_max(quote, day) AS quote
FROM told WHERE recent AND polarity = 1 AND counts AND aspect IS NOT NULL
GROUP BY ALL HAVING count(*) >= 3 ORDER BY cases DESC, department, aspect LIMIT 10
"""
