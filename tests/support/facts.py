"""A user who states facts and looks at them, for tests of the API."""

import asyncio
from typing import Any

import httpx

FACTS = "/memory/user/me/facts"
ME = "/memory/user/me"


async def stated(client: httpx.AsyncClient, text: str, **more: Any) -> dict[str, Any]:
    """State a fact by hand and return it; on a busy machine it may be visible a moment later."""
    response = await client.post(FACTS, json={"text": text, **more})
    assert response.status_code in {201, 202}, response.text
    body: dict[str, Any] = response.json()
    if response.status_code == 202:
        await known(client)
        fact = (await client.get(f"{FACTS}/{body['id']}")).json()
        body |= {key: fact[key] for key in fact.keys() - {"message", "sources", "versions"}}
    return body


async def known(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    """Return what is remembered of the caller, as soon as nothing is pending."""
    async with asyncio.timeout(15):
        while True:
            response = await client.get(ME, params=params)
            assert response.status_code == 200, response.text
            body: dict[str, Any] = response.json()
            if not body["pending"]:
                return body
            await asyncio.sleep(0.02)


async def said(client: httpx.AsyncClient, text: str, conversation: str = "c") -> str:
    """Say something in a conversation, and return the message's id when it is extracted from."""
    body = {"role": "user", "content": text}
    response = await client.post(f"/memory/conversation/{conversation}/message", json=body)
    assert response.status_code == 201, response.text
    await known(client)
    return str(response.json()["message_id"])


async def found(client: httpx.AsyncClient, query: str | None, **more: Any) -> list[dict[str, Any]]:
    """Return what a query finds."""
    body = more if query is None else {"query": query, **more}
    response = await client.post("/memory/query", json=body)
    assert response.status_code == 200, response.text
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def texts(facts: list[dict[str, Any]]) -> list[str]:
    """Return the sentences of facts or results."""
    return [fact["text"] for fact in facts]
