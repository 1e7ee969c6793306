"""The documented curl examples of the sections that exist, word for word, with the members each answer shows.

In their order they also work one after the other on a fresh installation. `None` in an answer: any value.
"""

# ruff: noqa: E501  commands stand as they are documented

from typing import Any, NamedTuple

KEY = '-H "X-Api-Key: $CAPACITARR_API_KEY"'
BEARER = '-H "Authorization: Bearer $TOKEN"'
JSON = '-H "Content-Type: application/json"'


class Example(NamedTuple):
    """A command, and the members of the answer's object (of the first one, when it is a list)."""

    command: str
    members: dict[str, Any]


HEALTH = [
    Example('curl "$CAPACITARR_URL/health"', {"status": "ok", "eventsDropped": 0}),
    Example('curl -s "$CAPACITARR_URL/version" | jq', {"version": None, "commit": None, "buildDate": None}),
]

AUTH = [
    Example(
        f"""curl -s -X POST "$CAPACITARR_URL/auth/login" {JSON} -d '{{"username":"admin","password":"your-password"}}' | jq""",
        {"message": "success", "token": None},
    ),
    Example(f'curl -s -X POST "$CAPACITARR_URL/auth/apikey" {BEARER} | jq', {"api_key": None}),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/auth/apikey" | jq', {"has_key": True, "hint": None}),
    Example(
        f"""curl -s -X PUT "$CAPACITARR_URL/auth/password" {BEARER} {JSON} -d '{{"currentPassword":"your-password","newPassword":"new-password"}}' | jq""",
        {"message": None},
    ),
    Example(
        f"""curl -s -X PUT "$CAPACITARR_URL/auth/username" {BEARER} {JSON} -d '{{"newUsername":"new-username","currentPassword":"new-password"}}' | jq""",
        {"message": None},
    ),
]

INTEGRATIONS = [
    Example(
        f"""curl -s -X POST {KEY} {JSON} "$CAPACITARR_URL/integrations" -d '{{
"type": "sonarr",
"name": "Sonarr Main",
"url": "http://sonarr:8989",
"apiKey": "your-sonarr-api-key",
"enabled": true,
"libraryId": 1
}}' | jq""",
        {
            "id": 1,
            "type": "sonarr",
            "name": "Sonarr Main",
            "url": "http://sonarr:8989",
            "enabled": True,
            "libraryId": 1,
        },
    ),
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/integrations" | jq',
        {"id": 1, "type": "sonarr", "apiKey": None, "enabled": True, "libraryId": 1, "collectionDeletion": False},
    ),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/integrations/1" | jq', {"id": 1}),
    Example(
        f"""curl -s -X PUT {KEY} {JSON} "$CAPACITARR_URL/integrations/1" -d '{{
"type": "sonarr",
"name": "Sonarr Main (updated)",
"url": "http://sonarr:8989",
"apiKey": "your-sonarr-api-key",
"enabled": true,
"libraryId": 1
}}' | jq""",
        {"id": 1, "name": "Sonarr Main (updated)"},
    ),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/integrations/health" | jq', {"integrationId": 1, "recovering": False}),
]

DISK_GROUPS = [
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/disk-groups" | jq',
        {
            "id": 1,
            "mountPath": "/mnt/media",
            "totalBytes": 2000000000000,
            "usedBytes": 1800000000000,
            "thresholdPct": 85,
            "targetPct": 75,
        },
    ),
    Example(
        f"""curl -s -X PUT {KEY} {JSON} "$CAPACITARR_URL/disk-groups/1" -d '{{"thresholdPct":90,"targetPct":80}}' | jq""",
        {"id": 1, "thresholdPct": 90, "targetPct": 80},
    ),
]

_SEED_RULE = {"field": "title", "operator": "contains", "value": "Firefly", "effect": "always_keep", "integrationId": 1}
_SEED_RULE_BODY = """{
"field": "title",
"operator": "contains",
"value": "Firefly",
"effect": "always_keep",
"integrationId": 1
}"""

RULES = [
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/rule-fields" | jq',
        {
            "field": "title",
            "type": "string",
            "operators": ["contains", "not_contains", "equals", "not_equals", "regex"],
        },
    ),
    Example(
        f"""curl -s -X POST {KEY} {JSON} "$CAPACITARR_URL/custom-rules" -d '{_SEED_RULE_BODY}' | jq""",
        {"id": 1, **_SEED_RULE},
    ),
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/custom-rules" | jq',
        {"id": 1, **_SEED_RULE, "enabled": True, "sortOrder": 0},
    ),
    Example(
        f"""curl -s -X PUT {KEY} {JSON} "$CAPACITARR_URL/custom-rules/1" -d '{_SEED_RULE_BODY}' | jq""",
        {"id": 1, **_SEED_RULE},
    ),
    Example(
        f"""curl -s -X PUT {KEY} {JSON} "$CAPACITARR_URL/custom-rules/reorder" -d '{{"ids":[3,1,2]}}' | jq""",
        {"status": "ok"},
    ),
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/custom-rules/1/impact" | jq',
        {"ruleId": 1, "affectedCount": 0, "totalItems": 2},
    ),
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/custom-rules/1/context" | jq', {"rule": None, "fields": None, "values": None}
    ),
    Example(f'curl -s -X DELETE {KEY} "$CAPACITARR_URL/custom-rules/1" | jq', {}),
]

FACTOR_WEIGHTS = [
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/scoring-factor-weights" | jq',
        {
            "key": "watch_history",
            "name": "Watch History",
            "description": "Number of times the media has been watched",
            "weight": 10,
            "defaultWeight": 10,
        },
    ),
    Example(
        f"""curl -s -X PUT {KEY} {JSON} "$CAPACITARR_URL/scoring-factor-weights" -d '{{
"watch_history": 10,
"file_size": 6,
"rating": 5,
"time_in_library": 4
}}' | jq""",
        {"key": "watch_history", "weight": 10},
    ),
]

COUNTERS = [
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/dashboard-stats" | jq',
        {
            "totalBytesReclaimed": 0,
            "totalItemsRemoved": 0,
            "totalEngineRuns": 0,
            "protectedCount": 0,
            "growthBytesPerWeek": 0,
            "hasGrowthData": False,
        },
    ),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/lifetime-stats" | jq', {"id": 1}),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/worker/stats" | jq', {"isRunning": False}),
]

METRICS = [
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/metrics/history?resolution=hourly&since=24h" | jq',
        {"resolution": "hourly", "totalCapacity": None, "usedCapacity": 1000, "diskGroupId": 1, "timestamp": None},
    ),
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/metrics/history?resolution=daily&since=7d&disk_group_id=1" | jq',
        {"resolution": "daily", "totalCapacity": None, "usedCapacity": 900, "diskGroupId": 1, "timestamp": None},
    ),
]

ENGINE = [
    Example(f'curl -s {KEY} "$CAPACITARR_URL/engine/history?range=24h" | jq', {"status": "success", "data": []}),
    # the update of the disk group has queued a run already
    Example(f'curl -s -X POST {KEY} "$CAPACITARR_URL/engine/run" | jq', {"status": "already_pending"}),
]

_SEED_PREFERENCES = {
    "logLevel": "info",
    "auditLogRetentionDays": 30,
    "pollIntervalSeconds": 300,
    "defaultDiskGroupMode": "dry-run",
    "tiebreakerMethod": "size_desc",
    "deletionsEnabled": True,
    "snoozeDurationHours": 24,
    "checkForUpdates": True,
    "deadContentMinDays": 90,
    "staleContentDays": 180,
    "sunsetDays": 30,
    "sunsetLabel": "capacitarr-sunset",
    "posterOverlayStyle": "countdown",
    "sunsetRescoreEnabled": True,
    "savedDurationDays": 7,
    "savedLabel": "capacitarr-saved",
    "backupRetentionDays": 7,
    "diskGroupGracePeriodDays": 7,
    "deletionQueueDelaySeconds": 30,
}

PREFERENCES = [
    Example(f'curl -s {KEY} "$CAPACITARR_URL/preferences" | jq', {"id": 1, "updatedAt": None, **_SEED_PREFERENCES}),
    Example(
        f"""curl -s -X PUT {KEY} {JSON} "$CAPACITARR_URL/preferences" -d '{{
"logLevel": "info",
"auditLogRetentionDays": 30,
"pollIntervalSeconds": 300,
"defaultDiskGroupMode": "dry-run",
"tiebreakerMethod": "size_desc",
"deletionsEnabled": true,
"snoozeDurationHours": 24,
"checkForUpdates": true,
"deletionQueueDelaySeconds": 30,
"deadContentMinDays": 90,
"staleContentDays": 180
}}' | jq""",
        _SEED_PREFERENCES,
    ),
    Example(
        f"""curl -s -X PATCH {KEY} {JSON} "$CAPACITARR_URL/preferences/engine" -d '{{"deletionsEnabled": true, "defaultDiskGroupMode": "approval"}}' | jq""",
        {"deletionsEnabled": True, "defaultDiskGroupMode": "approval"},
    ),
    Example(
        f"""curl -s -X PATCH {KEY} {JSON} "$CAPACITARR_URL/preferences/sunset" -d '{{"sunsetDays": 14, "posterOverlayStyle": "simple"}}' | jq""",
        {"sunsetDays": 14, "posterOverlayStyle": "simple", "savedDurationDays": 7},
    ),
    Example(
        f"""curl -s -X PATCH {KEY} {JSON} "$CAPACITARR_URL/preferences/content" -d '{{"deadContentMinDays": 60, "staleContentDays": 120}}' | jq""",
        {"deadContentMinDays": 60, "staleContentDays": 120},
    ),
    Example(
        f"""curl -s -X PATCH {KEY} {JSON} "$CAPACITARR_URL/preferences/advanced" -d '{{"pollIntervalSeconds": 600, "backupRetentionDays": 14}}' | jq""",
        {"pollIntervalSeconds": 600, "backupRetentionDays": 14},
    ),
]

DELETION_QUEUE = [
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/deletion-queue/grace-period" | jq',
        {"active": True, "remainingSeconds": None, "queueSize": 3},
    ),
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/deletion-queue" | jq',
        {"mediaName": "Firefly S01", "mediaType": "season", "score": 87.5},
    ),
    Example(
        f'curl -s -X DELETE {KEY} "$CAPACITARR_URL/deletion-queue?mediaName=Firefly%20S01&mediaType=season" | jq',
        {"status": "cancelled"},
    ),
    Example(
        f"""curl -s -X POST {KEY} {JSON} "$CAPACITARR_URL/deletion-queue/snooze" -d '{{"mediaName":"Firefly S02","mediaType":"season"}}' | jq""",
        {"snoozed": True, "snoozedUntil": None},
    ),
    Example(
        f'curl -s -X POST {KEY} "$CAPACITARR_URL/deletion-queue/clear" | jq', {"status": "cleared", "cancelled": 1}
    ),
]

RECORDS = [
    Example(f'curl -s {KEY} "$CAPACITARR_URL/audit-log?limit=20&offset=0" | jq', {"data": None, "total": 3}),
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/audit-log/recent?limit=10" | jq',
        {"mediaType": "season", "action": "cancelled", "score": 87.5, "trigger": "engine", "integrationId": 1},
    ),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/audit-log/grouped" | jq', {"type": "group"}),
    Example(
        f'curl -s {KEY} "$CAPACITARR_URL/activity/recent?limit=100" | jq',
        {
            "id": None,
            "eventType": "engine_complete",
            "message": "Engine run completed: evaluated 97, flagged 12",
            "metadata": '{"evaluated":97,"flagged":12}',
            "createdAt": "2026-03-06T12:01:00Z",
        },
    ),
]

_ONE_ITEM = {"items": None, "totalCount": 1, "totalSize": 1073741824, "protectedCount": 0}
_NONE_THERE = {"items": [], "totalCount": 0, "totalSize": 0, "protectedCount": 0}
_FORECAST = {
    "currentUsedPct": 90,
    "growthRatePerDay": None,
    "daysUntilThreshold": None,
    "daysUntilFull": None,
    "totalCapacity": 2000000000000,
    "usedCapacity": 1800000000000,
}

ANALYTICS = [
    Example(f'curl -s {KEY} "$CAPACITARR_URL/analytics/dead-content" | jq', _ONE_ITEM),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/analytics/dead-content?minDays=60" | jq', _ONE_ITEM),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/analytics/dead-content?disk_group_id=1" | jq', _NONE_THERE),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/analytics/stale-content" | jq', _ONE_ITEM),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/analytics/stale-content?staleDays=120" | jq', _ONE_ITEM),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/analytics/forecast" | jq', _FORECAST),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/analytics/forecast?disk_group_id=1" | jq', _FORECAST),
]

MANUAL_DELETE = [
    Example(
        f"""curl -s -X POST {KEY} {JSON} "$CAPACITARR_URL/delete" -d '[{{
"mediaName": "Serenity",
"mediaType": "movie",
"integrationId": 1,
"externalId": "42",
"sizeBytes": 5069636198,
"posterUrl": "",
"score": 85.0,
"scoreDetails": "[]"
}}]' | jq""",
        {"queued": 1, "total": 1, "mode": "approval", "skipped": []},
    ),
]

_WAITING = {
    "id": None,
    "mediaName": None,
    "mediaType": "season",
    "scoreDetails": None,
    "sizeBytes": 42949672960,
    "score": 87.5,
    "integrationId": 1,
    "externalId": None,
    "status": None,
    "trigger": "engine",
    "createdAt": None,
    "updatedAt": None,
}
_ONE = _WAITING | {"id": 1, "mediaName": "Firefly S01"}

APPROVAL_QUEUE = [
    Example(f'curl -s {KEY} "$CAPACITARR_URL/approval-queue" | jq', _WAITING),
    Example(f'curl -s -X POST {KEY} "$CAPACITARR_URL/approval-queue/1/approve" | jq', _ONE | {"status": "approved"}),
    # gives row 1 back to the person, who may go on with it
    Example(
        f'curl -s -X DELETE {KEY} "$CAPACITARR_URL/deletion-queue?mediaName=Firefly%20S01&mediaType=season" | jq',
        {"status": "cancelled"},
    ),
    Example(
        f'curl -s -X POST {KEY} "$CAPACITARR_URL/approval-queue/1/reject" | jq',
        _ONE | {"status": "rejected", "snoozedUntil": None},
    ),
    Example(f'curl -s -X POST {KEY} "$CAPACITARR_URL/approval-queue/1/unsnooze" | jq', _ONE | {"status": "pending"}),
    Example(f'curl -s -X DELETE {KEY} "$CAPACITARR_URL/approval-queue/1" | jq', {"status": "dismissed"}),
    Example(
        f"""curl -s -X POST {KEY} {JSON} "$CAPACITARR_URL/approval-queue/group/approve" -d '{{"collectionGroup":"My Collection"}}' | jq""",
        {"approved": 2, "items": None},
    ),
    Example(
        f'curl -s -X POST {KEY} "$CAPACITARR_URL/deletion-queue/clear" | jq', {"status": "cleared", "cancelled": 2}
    ),
    Example(
        f"""curl -s -X POST {KEY} {JSON} "$CAPACITARR_URL/approval-queue/group/reject" -d '{{"collectionGroup":"My Collection"}}' | jq""",
        {"rejected": 2, "items": None},
    ),
    # the third is the snooze of a waiting deletion
    Example(f'curl -s -X POST {KEY} "$CAPACITARR_URL/approval-queue/clear" | jq', {"cleared": 3}),
]

LAST = [
    Example(f'curl -s -X DELETE {KEY} "$CAPACITARR_URL/integrations/1" | jq', {"status": "deleted"}),
    Example(f'curl -s {KEY} "$CAPACITARR_URL/preview" | jq', {}),
]

EXAMPLES = [
    *HEALTH,
    *AUTH,
    *INTEGRATIONS,
    *DISK_GROUPS,
    *RULES,
    *FACTOR_WEIGHTS,
    *COUNTERS,
    *METRICS,
    *ENGINE,
    *PREFERENCES,
    *DELETION_QUEUE,
    *RECORDS,
    *ANALYTICS,
    *APPROVAL_QUEUE,
    *MANUAL_DELETE,
    *LAST,
]

FOLLOW_EVENTS = f'curl -N {KEY} "$CAPACITARR_URL/events"'
RESUME_EVENTS = f'curl -N {KEY} -H "Last-Event-ID: 1741199825-002" "$CAPACITARR_URL/events"'
