"""Inference that needs only an estimate: multiplier draws, bands, joint tests."""
