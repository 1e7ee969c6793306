"""What several rooms have to agree on about sources that do not answer as they should."""

from datetime import timedelta

REFUSED_ERROR_CLASSES = frozenset({"auth", "forbidden"})
"""The key is refused. Once that is announced we ask rarely: bad logins can get us banned (integrations.md 17.2)."""

LONGEST_PROBE_PAUSE = timedelta(minutes=10)
"""No probe is planned further ahead; one that is was planned by a clock that has gone back since."""
