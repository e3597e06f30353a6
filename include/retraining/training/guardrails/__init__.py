"""What a challenger that is better on the whole must not break."""

from include.retraining.training.guardrails.check import guarded

__all__ = ["guarded"]
