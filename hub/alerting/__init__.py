"""The part that computes alarms: pure, deterministic, apart from everything else."""
