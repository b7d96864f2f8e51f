"""HTTP in, one call through the door, HTTP out."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import public as accounts
from apps.accounts.api.serializers import BellIn, ChangeMeIn, CreatorOut, MeOut


class Me(APIView):
    """The caller's own profile."""

    @extend_schema(operation_id="get_me", responses=MeOut)
    def get(self, request: Request) -> Response:
        return Response(MeOut(accounts.get_own_profile(user_id=_caller(request))).data)

    @extend_schema(operation_id="change_me", request=ChangeMeIn, responses=MeOut)
    def patch(self, request: Request) -> Response:
        wanted = ChangeMeIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        changes = wanted.validated_data
        changed = accounts.change_profile(user_id=_caller(request), changes=changes)
        return Response(MeOut(changed).data)


class Creator(APIView):
    """A creator, and how the caller follows them."""

    @extend_schema(operation_id="get_creator", responses=CreatorOut)
    def get(self, request: Request, creator_id: str) -> Response:
        found = accounts.get_creator(creator_id=creator_id, viewer_id=_caller(request))
        return Response(CreatorOut(found).data)


class FollowCreator(APIView):
    """The caller's edge to a creator."""

    @extend_schema(operation_id="follow_creator", request=None, responses=CreatorOut)
    def put(self, request: Request, creator_id: str) -> Response:
        followed = accounts.follow(follower_id=_caller(request), creator_id=creator_id)
        return Response(CreatorOut(followed).data)

    @extend_schema(operation_id="unfollow_creator", responses={204: None})
    def delete(self, request: Request, creator_id: str) -> Response:
        accounts.unfollow(follower_id=_caller(request), creator_id=creator_id)
        return Response(status=204)


class RingBell(APIView):
    """How loud a followed creator is."""

    @extend_schema(operation_id="set_bell", request=BellIn, responses=CreatorOut)
    def put(self, request: Request, creator_id: str) -> Response:
        wanted = BellIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        rung = accounts.set_bell(
            follower_id=_caller(request),
            creator_id=creator_id,
            bell=wanted.validated_data["bell"],
        )
        return Response(CreatorOut(rung).data)


class BlockPerson(APIView):
    """Whom the caller wants nothing to do with."""

    @extend_schema(operation_id="block_person", request=None, responses={204: None})
    def put(self, request: Request, user_id: str) -> Response:
        accounts.block(by=_caller(request), user_id=user_id)
        return Response(status=204)

    @extend_schema(operation_id="unblock_person", responses={204: None})
    def delete(self, request: Request, user_id: str) -> Response:
        accounts.unblock(by=_caller(request), user_id=user_id)
        return Response(status=204)


def _caller(request: Request) -> str:
    return str(request.user.pk)
