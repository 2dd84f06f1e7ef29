"""Reading on LinkedIn: who am I, which pages are mine, and what a post did."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.linkedin.access import Call, Door, endpoint
from sandbox.linkedin.accounts import BY_ORGANIZATION, BY_SUB, ORGANIZATION, ORGANIZATIONS, may_act_as
from sandbox.linkedin.oauth import ANALYTICS
from sandbox.linkedin.posts import KINDS, POSTS
from sandbox.linkedin.refusals import refused
from sandbox.metrics import Reach, reach
from sandbox.world import World

LAG = 3600.0  # seconds of audience by which LinkedIn's counters are behind
SHARES = re.compile(r"^List\((.*)\)$")
ENTITY = re.compile(r"^\((share|ugc):(.+)\)$")
# A member's metrics: None where LinkedIn, too, has nothing to tell.
QUERIES: dict[str, Callable[[Reach], int | None]] = {
    "IMPRESSION": lambda now: now.impressions,
    "MEMBERS_REACHED": lambda now: None if now.impressions is None else int(now.impressions * 0.8),
    "REACTION": lambda now: now.likes,
    "COMMENT": lambda now: now.replies,
    "RESHARE": lambda now: now.reposts,
    "POST_SAVE": lambda now: now.saves,
    "LINK_CLICKS": lambda now: now.clicks,
    "PROFILE_VIEW_FROM_CONTENT": lambda now: now.profile_visits,
}


def routes(world: World) -> list[BaseRoute]:
    """userinfo, organizationAcls, statistics, analytics, social actions."""
    admin = ("rw_organization_admin", "r_organization_admin")
    social = ("r_organization_social", "w_organization_social", "w_member_social")
    doors = (
        ("/linkedin/v2/userinfo", Door("linkedin.userinfo", ("openid",), versioned=False), _userinfo),
        ("/linkedin/rest/organizations/{id}", Door("linkedin.organizations", admin), _organization),
        ("/linkedin/rest/organizationAcls", Door("linkedin.acls", admin), _acls),
        ("/linkedin/rest/organizationalEntityShareStatistics", Door("linkedin.stats", admin), _statistics),
        ("/linkedin/rest/memberCreatorPostAnalytics", Door("linkedin.analytics"), _analytics),
        ("/linkedin/rest/socialActions/{urn}", Door("linkedin.social", social), _social),
    )
    return [Route(path, endpoint(world, door, act)) for path, door, act in doors]


async def _userinfo(call: Call) -> Response:
    member = BY_SUB[call.sub]
    body: dict[str, Any] = {"sub": member.sub}
    if "profile" in call.scopes:
        body |= {
            "name": member.name,
            "given_name": member.given_name,
            "family_name": member.family_name,
            "locale": {"country": "US", "language": "en"},
        }
    if "email" in call.scopes:
        body |= {"email": f"{member.given_name.lower()}@sunrise.example", "email_verified": True}
    return JSONResponse(body)


async def _acls(call: Call) -> Response:
    query = call.request.query_params
    if query.get("q") != "roleAssignee":
        raise refused("bad_parameter", name="q", value=str(query.get("q")))
    fits = query.get("role", "ADMINISTRATOR") == "ADMINISTRATOR" and query.get("state", "APPROVED") == "APPROVED"
    mine = [one for one in ORGANIZATIONS if call.sub in one.administrators] if fits else []
    elements = [
        {
            "organization": one.urn,
            "organizationTarget": one.urn,
            "roleAssignee": call.member,
            "role": "ADMINISTRATOR",
            "state": "APPROVED",
        }
        for one in mine
    ]
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})


async def _organization(call: Call) -> Response:
    urn = ORGANIZATION + call.request.path_params["id"]
    organization = BY_ORGANIZATION.get(urn)
    if organization is None:
        raise refused("not_found", value=urn)
    if not may_act_as(call.sub, urn):
        raise refused("not_yours", value=urn)
    body = {
        "id": int(organization.id),
        "localizedName": organization.name,
        "vanityName": organization.vanity,
        "primaryOrganizationType": "NONE",
    }
    return JSONResponse(body)


async def _statistics(call: Call) -> Response:
    query = call.request.query_params
    organization = query.get("organizationalEntity", "")
    if query.get("q") != "organizationalEntity":
        raise refused("bad_parameter", name="q", value=str(query.get("q")))
    if not may_act_as(call.sub, organization):
        raise refused("not_yours", value=organization)
    elements = []
    for name, key in (("shares", "share"), ("ugcPosts", "ugcPost")):
        for urn in _urns(query.get(name), name):
            post = call.world.state.get(POSTS, urn)
            if post is not None and post["author"] == organization and not post["deleted"]:
                now = reach(call.world, urn, post["at"], LAG)
                if now.impressions is not None:  # until then the post is simply absent from the answer
                    elements.append(
                        {"organizationalEntity": organization, key: urn, "totalShareStatistics": _totals(now)}
                    )
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})


async def _analytics(call: Call) -> Response:
    if ANALYTICS not in call.scopes:
        raise refused("analytics_denied")
    query = call.request.query_params
    entity = ENTITY.match(query.get("entity", ""))
    if query.get("q") != "entity" or entity is None:
        raise refused("bad_parameter", name="entity", value=query.get("entity", ""))
    read = QUERIES.get(query.get("queryType", ""))
    if read is None or query.get("aggregation", "TOTAL") != "TOTAL":
        raise refused("bad_parameter", name="queryType", value=query.get("queryType", ""))
    post = _existing(call.world, unquote(entity[2]))
    if post["author"] != call.member:
        raise refused("not_yours", value=post["urn"])
    count = read(reach(call.world, post["urn"], post["at"], LAG))
    elements = (
        [] if count is None else [{"count": count, "metricType": query["queryType"], "targetEntity": post["urn"]}]
    )
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})


async def _social(call: Call) -> Response:
    post = _existing(call.world, call.request.path_params["urn"])
    if not may_act_as(call.sub, post["author"]):
        raise refused("not_yours", value=post["urn"])
    now = reach(call.world, post["urn"], post["at"], lag=0)
    return JSONResponse(
        {
            "$URN": post["urn"],
            "target": post["urn"],
            "likesSummary": {
                "totalLikes": now.likes or 0,
                "aggregatedTotalLikes": now.likes or 0,
                "likedByCurrentUser": False,
            },
            "commentsSummary": {
                "totalFirstLevelComments": now.replies or 0,
                "aggregatedTotalComments": now.replies or 0,
            },
        }
    )


def _totals(now: Reach) -> dict[str, Any]:
    impressions, clicks, likes = now.impressions or 0, now.clicks or 0, now.likes or 0
    comments, shares = now.replies or 0, now.reposts or 0
    engaged = clicks + likes + comments + shares
    totals: dict[str, Any] = {
        "impressionCount": impressions,
        "clickCount": clicks,
        "likeCount": likes,
        "commentCount": comments,
        "shareCount": shares,
        "engagement": engaged / impressions if impressions else 0.0,
    }
    if now.saves is not None:  # a secretive post tells no unique figure either
        totals["uniqueImpressionsCount"] = int(impressions * 0.8)
    return totals


def _existing(world: World, urn: str) -> dict[str, Any]:
    if not urn.startswith(KINDS):
        raise refused("bad_urn", value=urn)
    post = world.state.get(POSTS, urn)
    if post is None or post["deleted"]:
        raise refused("not_found", value=urn)
    return post


def _urns(value: str | None, name: str) -> list[str]:
    if value is None:
        return []
    listed = SHARES.match(value)
    if listed is None:
        raise refused("bad_parameter", name=name, value=value)
    return [unquote(urn) for urn in listed[1].split(",") if urn]
