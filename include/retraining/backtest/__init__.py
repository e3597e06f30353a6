"""Policies on history: what each would have done, what it would have brought, and which one to choose."""

from include.retraining.backtest.replay import backtest

__all__ = ["backtest"]
