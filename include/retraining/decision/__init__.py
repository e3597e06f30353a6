"""What should be done about an interval, and why."""

from include.retraining.decision.decide import decide, gate

__all__ = ["decide", "gate"]
