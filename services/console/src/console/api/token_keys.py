"""The routes that publish the public keys of tokens, and that replace a key."""

from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.validation import Body, Reason, example
from chassis.web import Command, CommandResult, Scope, everybody, may
from console.api.callers import by_session_or_token
from console.api.desk import desk_of
from console.usecases.token_keys import published_key_set, replace_key
from contracts.words import Role

open_router = APIRouter(tags=["token keys"])
router = APIRouter(tags=["token keys"], dependencies=[Depends(by_session_or_token)])


class PublicKey(BaseModel):
    """A public key in the form of RFC 8037."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class KeySet(BaseModel):
    """The public keys as a JWKS (RFC 7517)."""

    model_config = example(
        {
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                    "kid": "c-5f0c2f8e7b7b4d0c",
                    "use": "sig",
                    "alg": "EdDSA",
                }
            ]
        }
    )

    keys: list[PublicKey]


class KeyReplacement(Body):
    """`at_once`: True if a key is in wrong hands.

    In this case all former keys are withdrawn, and services soon refuse the tokens that these keys have signed.
    """

    model_config = example({"reason": "年度更换", "at_once": False})

    reason: Reason
    at_once: bool = False


class ReplacedKey(BaseModel):
    """`kid`: the id of the new key. `signs_in_s`: after how many seconds the new key signs tokens."""

    model_config = example({"kid": "c-5f0c2f8e7b7b4d0c", "signs_in_s": 300})

    kid: str
    signs_in_s: int


@open_router.get("/.well-known/jwks.json", dependencies=[everybody("获取令牌公钥")])
async def show_keys(request: Request, response: Response) -> KeySet:
    """The public keys with which services check the tokens of the console."""
    async with desk_of(request).database.read() as connection:
        keys = await published_key_set(connection)
    response.headers["Cache-Control"] = "public, max-age=30"
    return KeySet.model_validate(keys)


@router.post(
    "/token-keys",
    response_model=ReplacedKey,
    dependencies=[may("更换令牌密钥", Role.OPERATOR, scope=Scope.CITY)],
)
async def add_key(body: KeyReplacement, command: Command) -> Response:
    """Make a new key. It is published at once, and signs tokens after `signs_in_s` seconds.

    The former key stays published until its tokens have expired.
    """
    desk = desk_of(command.request)
    lead_s = 0.0 if body.at_once else desk.settings.key_lead_s

    async def use_case(work: UnitOfWork) -> CommandResult:
        kid = await replace_key(work.connection, work.row_cipher, lead_s=lead_s, at_once=body.at_once)
        answer = ReplacedKey(kid=kid, signs_in_s=int(lead_s))
        return CommandResult(answer, subject=kid, detail={"reason": body.reason, "at_once": body.at_once})

    answer = await command.once("token_key_replaced", use_case)
    desk.mint.forget()
    return answer
