"""Follows a file live in a task of asyncio, beside others: ``python examples/with_asyncio.py talk.mp4``."""

import asyncio
import sys

import fsrf_live


async def follow(media: str) -> None:
    async with fsrf_live.listen(media=media) as session:
        async for record in session:
            if isinstance(record, fsrf_live.Reading):
                print(f"{record.end_s:.1f} s: {record.label}")


async def main() -> None:
    await asyncio.gather(follow(sys.argv[1]), asyncio.sleep(0.1))


asyncio.run(main())
