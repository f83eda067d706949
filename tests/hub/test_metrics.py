from __future__ import annotations

from prometheus_client import generate_latest

from hub.metrics import REASONS, Metrics


def test_every_reason_is_shown_before_it_happens() -> None:
    text = generate_latest(Metrics().registry).decode()
    for reason in REASONS:
        assert f'veilleuse_refused_messages_total{{reason="{reason}"}} 0.0' in text


def test_two_hubs_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.commits.inc()
    assert "veilleuse_commits_total 1.0" in generate_latest(first.registry).decode()
    assert "veilleuse_commits_total 0.0" in generate_latest(second.registry).decode()
