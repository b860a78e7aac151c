"""Fitting: the network learns from labels of clauses and of whole reviews."""

import time
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.encoder import ReviewEncoder
from models.heads import head_slices, review_heads
from models.training.examples import Example, batches, collate, stack_clause_targets
from models.training.training_plan import FittingPlan

ABSENT = -1e4
# Of the losses against each other: a field of one label, and the clauses of a review together.
ONE_OF_WEIGHS = 0.5
CLAUSES_WEIGH = 2.0


def fit(
    network: ReviewEncoder,
    examples: Sequence[Example],
    plan: FittingPlan,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Fit a network in place."""
    torch.manual_seed(plan.seed)
    chooser = Random(plan.seed)
    padding = network.padding
    count = sum(1 for _ in batches(examples, plan.tokens_per_batch, Random(plan.seed))) * plan.epochs
    heads = [*network.clause_head.parameters(), *network.review_head.parameters()]
    optimiser = torch.optim.AdamW(
        [
            {"params": network.transformer.parameters(), "lr": plan.encoder_rate},
            {"params": heads, "lr": plan.head_rate},
        ],
        weight_decay=0.01,
    )
    warm = max(1, int(count * plan.warm_up))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.02, (count - step) / max(1, count - warm)))
    )
    network.train()
    began, step, losses = time.monotonic(), 0, 0.0
    for epoch in range(plan.epochs):
        for group in batches(examples, plan.tokens_per_batch, chooser):
            loss = _loss(network, group, padding)
            loss.backward()  # type: ignore[no-untyped-call] # torch publishes no type of it
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            losses += float(loss.detach())
            if step % 50 == 0:
                say(f"epoch {epoch + 1} step {step}/{count} loss {losses / 50:.4f} {time.monotonic() - began:.0f} s")
                losses = 0.0
    network.eval()


def _loss(network: ReviewEncoder, group: Sequence[Example], padding: int) -> Tensor:
    clauses, review = network(collate(group, padding))
    targets = torch.from_numpy(np.stack([example.review_targets for example in group]))
    mask = torch.from_numpy(np.stack([example.review_mask for example in group]))
    total = _review_loss(review, targets, mask) + _clause_loss(group, clauses, targets, mask)
    return total.sum() / len(group)


def _review_loss(review: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    total = review.new_zeros(len(review))
    for head in review_heads():
        place = head_slices()[head.name]
        logits, wanted, known = review[:, place], targets[:, place], mask[:, place][:, 0]
        if head.kind == "any_of":
            each = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1)
        else:
            each = -(functional.log_softmax(logits, 1) * wanted).sum(1) * ONE_OF_WEIGHS
        total = total + each * known
    return total


def _clause_loss(group: Sequence[Example], clauses: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Each clause shows what its quotes say, and the clearest clause of a review what the review has."""
    marked, known = stack_clause_targets(group, clauses.shape[1])
    each = functional.binary_cross_entropy_with_logits(clauses, marked, reduction="none").sum(2)
    shown = (each * known).sum(1) / known.sum(1).clamp(min=1) * CLAUSES_WEIGH
    place = head_slices()["failure_subtypes"]
    clearest = clauses.masked_fill(known.unsqueeze(2) == 0, ABSENT).amax(1)
    judged = mask[:, place][:, 0] * (known.sum(1) > 0)
    highest = functional.binary_cross_entropy_with_logits(clearest, targets[:, place], reduction="none").sum(1)
    return shown + torch.where(judged > 0, highest, torch.zeros_like(highest))
