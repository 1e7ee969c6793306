"""What clients read from a Jellyfin and an Emby: per call the fields an answer must have, with their types.

Distilled by hand from the published descriptions and what servers really send.
"""

from tests.unit.simulator.contract_fields import NUMBER, Fields

_USER: Fields = {
    "[].Name": str,
    "[].Id": str,
    "[].ServerId": str,
    "[].HasPassword": bool,
    "[].Policy.IsAdministrator": bool,
    "[].Policy.IsHidden": bool,
    "[].Policy.IsDisabled": bool,
    "[].Policy.EnableAllFolders": bool,
    "[].Policy.EnabledFolders": list,
    "[].Policy.BlockedTags": list,
    "[].Policy.BlockUnratedItems": list,
}
_ITEM: Fields = {
    "TotalRecordCount": int,
    "Items[].Name": str,
    "Items[].Id": str,
    "Items[].ServerId": str,
    "Items[].Type": str,
    "Items[].IsFolder": bool,
}
_SESSION: Fields = {
    "[].Id": str,
    "[].UserId": str,
    "[].UserName": str,
    "[].Client": str,
    "[].DeviceName": str,
    "[].DeviceId": str,
    "[].PlayState.IsPaused": bool,
}
_REMOTE: Fields = {
    "TotalRecordCount": int,
    "Providers": list,
    "Images[].ProviderName": str,
    "Images[].Url": str,
    "Images[].Type": str,
    "Images[].Width": int,
    "Images[].Height": int,
    "Images[].Language": str,
}
_IMAGE: Fields = {"[].ImageType": str, "[].Path": str, "[].Width": int, "[].Height": int, "[].Size": int}
_INFO: Fields = {"Id": str, "ServerName": str, "Version": str, "LocalAddress": str}
_FULL_INFO: Fields = _INFO | {"HasPendingRestart": bool, "IsShuttingDown": bool, "WebSocketPortNumber": int}

_MAL = "99999999888877776666555555555555"
_KAYLEE = "11111111222233334444555555555555"
_LIBRARY = "recursive=true&includeItemTypes=Movie,Series"
_EPISODES = "recursive=true&includeItemTypes=Episode&filters=IsPlayed"
_BOX_SETS = "recursive=true&includeItemTypes=BoxSet&fields=ProviderIds"
_FIELDS = "fields=ProviderIds,DateCreated,Path,Tags"
_EMBY_FIELDS = f"{_FIELDS},UserDataPlayCount,UserDataLastPlayedDate"

_USER_DATA: Fields = {
    "Items[].UserData.PlaybackPositionTicks": int,
    "Items[].UserData.IsFavorite": bool,
    "Items[].UserData.Played": bool,
}
_COUNTERS: Fields = {"Items[].UserData.PlayCount": int, "Items[].UserData.LastPlayedDate": str}
_ASKED: Fields = {"Items[].ProviderIds.Tmdb": str, "Items[].DateCreated": str, "Items[].Path": str}
_EPISODE: Fields = {
    "Items[].SeriesId": str,
    "Items[].SeriesName": str,
    "Items[].SeasonId": str,
    "Items[].SeasonName": str,
    "Items[].IndexNumber": int,
    "Items[].ParentIndexNumber": int,
    "Items[].RunTimeTicks": int,
}
_FULL: Fields = {
    "Name": str,
    "Id": str,
    "Type": str,
    "Path": str,
    "DateCreated": str,
    "SortName": str,
    "Overview": str,
    "OfficialRating": str,
    "CommunityRating": NUMBER,
    "Genres": list,
    "ProductionYear": int,
    "ProviderIds.Tmdb": str,
    "ParentId": str,
    "LockedFields": list,
    "LockData": bool,
    "ImageTags.Primary": str,
    "UserData.PlayCount": int,
    "UserData.Played": bool,
}

JELLYFIN: dict[str, Fields] = {
    "/System/Info/Public": _INFO | {"ProductName": str, "StartupWizardCompleted": bool},
    "/System/Info": _FULL_INFO | {"ProductName": str, "CanSelfRestart": bool},
    "/Users": _USER,
    "/Sessions": _SESSION,
    f"/Items?userId={_MAL}&{_LIBRARY}&{_FIELDS}&collapseBoxSetItems=false": _ITEM
    | _ASKED
    | _USER_DATA
    | {
        "StartIndex": int,
        "Items[].Tags": list,
        "Items[].ProductionYear": int,
        "Items[].LocationType": str,
        "Items[].MediaType": str,
        "Items[].UserData.PlayCount": int,
        "Items[].UserData.Key": str,
        "Items[].UserData.ItemId": str,
    },
    f"/Items?userId={_KAYLEE}&{_EPISODES}": _ITEM | _EPISODE | _USER_DATA | _COUNTERS,
    f"/Items?userId={_MAL}&{_BOX_SETS}": _ITEM | {"Items[].ProviderIds.Tmdb": str},
    f"/Items?userId={_MAL}&parentId=e5f60718293a4b5cc3d2e1f0a1b2c3d4&fields=ProviderIds": _ITEM,
    f"/Items/a1f0c5d2e3b44f6789ab0123456789cd?userId={_MAL}": _FULL
    | {
        "Tags": list,
        "OriginalTitle": str,
        "Etag": str,
        "PremiereDate": str,
        "Taglines": list,
        "Studios[].Name": str,
        "ProductionLocations": list,
        "CriticRating": NUMBER,
        "People": list,
        "ForcedSortName": str,
    },
    "/Items/a1f0c5d2e3b44f6789ab0123456789cd/Images": _IMAGE | {"[].ImageTag": str, "[].BlurHash": str},
    "/Items/a1f0c5d2e3b44f6789ab0123456789cd/RemoteImages?type=Primary": _REMOTE,
}

EMBY: dict[str, Fields] = {
    "/System/Info/Public": _INFO | {"LocalAddresses": list, "RemoteAddresses": list},
    "/System/Info": _FULL_INFO,
    "/Users/Query": {"TotalRecordCount": int} | {f"Items{name}": kind for name, kind in _USER.items()},
    "/Users": _USER,
    "/Sessions": _SESSION,
    f"/Users/{_MAL}/Items?{_LIBRARY}&{_EMBY_FIELDS}": _ITEM | _ASKED | _USER_DATA | {"Items[].TagItems": list},
    f"/Users/{_KAYLEE}/Items?{_EPISODES}&{_EMBY_FIELDS}": _ITEM | _EPISODE | _USER_DATA | _COUNTERS,
    f"/Users/{_MAL}/Items/4101": _FULL | {"Size": int, "TagItems[].Name": str, "TagItems[].Id": int},
    "/Items/4101/Images": _IMAGE,
    "/Items/4101/RemoteImages?Type=Primary": _REMOTE,
}
