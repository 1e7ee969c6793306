"""What everyone may say about the prepared preview: that it no longer tells the truth."""

from libs.common.preview.invalidate import CHANNEL, mark_body_outdated, mark_scores_outdated, wake_engine

__all__ = ["CHANNEL", "mark_body_outdated", "mark_scores_outdated", "wake_engine"]
