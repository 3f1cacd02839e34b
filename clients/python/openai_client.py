"""What a user of the `openai` package would write, one function per scenario; nothing in here knows of Countersign."""

import asyncio

import openai
from openai import AsyncOpenAI, OpenAI

from scenario import main

hello = [{"role": "user", "content": "Hello"}]


def say(text: str) -> dict[str, str]:
    """The model knows nothing: a grammar of llama.cpp leaves it one thing to say."""
    return {"grammar": 'root ::= "' + text + '"'}


def client(given: dict) -> OpenAI:
    options = {name: given[name] for name in ("max_retries", "timeout") if name in given}
    return OpenAI(base_url=given["base_url"], api_key=given["api_key"], **options)


def chat(given: dict) -> dict:
    raw = client(given).chat.completions.with_raw_response.create(
        model="tiny", messages=hello, extra_body=say(given["text"])
    )
    completion = raw.parse()
    return {
        "content": completion.choices[0].message.content,
        "finish_reason": completion.choices[0].finish_reason,
        "completion_tokens": completion.usage.completion_tokens,
        "session": raw.headers["x-countersign-session"],
    }


def stream(given: dict) -> dict:
    with client(given).chat.completions.with_streaming_response.create(
        model="tiny",
        messages=hello,
        stream=True,
        stream_options={"include_usage": True},
        extra_body=say(given["text"]),
    ) as raw:
        chunks = list(raw.parse())
        session = raw.headers["x-countersign-session"]
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    return {
        "content": "".join(delta.content or "" for delta in deltas),
        "events": len(deltas),
        "role": deltas[0].role,
        "finish_reason": [choice.finish_reason for chunk in chunks for choice in chunk.choices][-1],
        "completion_tokens": chunks[-1].usage.completion_tokens,
        "session": session,
    }


def many_streams(given: dict) -> dict:
    async def one(asynchronous: AsyncOpenAI, number: int) -> str:
        text = given["text"] + f" Number {number}."
        parts = []
        async for chunk in await asynchronous.chat.completions.create(
            model="tiny", messages=hello, stream=True, extra_body=say(text)
        ):
            parts += [choice.delta.content or "" for choice in chunk.choices]
        return "".join(parts)

    async def all_of_them() -> list[str]:
        async with AsyncOpenAI(base_url=given["base_url"], api_key=given["api_key"]) as asynchronous:
            return await asyncio.gather(*(one(asynchronous, number) for number in range(given["count"])))

    return {"contents": asyncio.run(all_of_them())}


def structured(given: dict) -> dict:
    """A form that holds the model to a JSON schema; the value stands in the schema, so that it is said."""
    schema = {"type": "object", "properties": {"ssn": {"const": given["value"]}}, "required": ["ssn"]}
    completion = client(given).chat.completions.create(
        model="tiny",
        messages=hello,
        response_format={"type": "json_schema", "json_schema": {"name": "customer", "schema": schema}},
    )
    return {"content": completion.choices[0].message.content}


def tool_call(given: dict) -> dict:
    """The same as arguments of a function, streamed, put together by the helper of the SDK."""
    parameters = {"type": "object", "properties": {"ssn": {"const": given["value"]}}, "required": ["ssn"]}
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": parameters}}]
    with client(given).chat.completions.stream(
        model="tiny", messages=hello, tools=tools, tool_choice="required"
    ) as events:
        completion = events.get_final_completion()
    call = completion.choices[0].message.tool_calls[0].function
    return {"name": call.name, "arguments": call.arguments, "finish_reason": completion.choices[0].finish_reason}


schema = {"type": "object", "properties": {"ssn": {"type": "string"}}}


def assistant_chat(given: dict) -> dict:
    """The demo's assistant: every event, and what the helper makes of all of them."""
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": schema}}]
    call = {
        "model": "bank-assistant",
        "messages": [{"role": "user", "content": given["words"]}],
        "tools": tools,
        "stream_options": {"include_usage": True},
    }
    text, arguments, events = "", "", 0
    with client(given).chat.completions.create(**call, stream=True) as chunks:
        for chunk in chunks:
            events += 1
            for choice in chunk.choices:
                text += choice.delta.content or ""
                for tool in choice.delta.tool_calls or []:
                    arguments += tool.function.arguments or ""
    with client(given).chat.completions.stream(**call) as stream:
        final = stream.get_final_completion()
    message = final.choices[0].message
    assert (message.content, message.tool_calls[0].function.arguments) == (text, arguments)
    assert (final.choices[0].finish_reason, final.usage.completion_tokens) == ("tool_calls", 48)
    return {"text": text, "thought": "", "arguments": arguments, "events": events}


def assistant_response(given: dict) -> dict:
    """The same by Responses, which say everything again in whole."""
    tools = [{"type": "function", "name": "look_up", "parameters": schema, "strict": False}]
    read = {"text": "", "thought": "", "arguments": ""}
    lanes = {
        "response.output_text.delta": "text",
        "response.reasoning_summary_text.delta": "thought",
        "response.function_call_arguments.delta": "arguments",
    }
    numbers, repeated = [], []
    with client(given).responses.stream(
        model="bank-assistant", input=given["words"], tools=tools, reasoning={"summary": "auto"}
    ) as stream:
        for event in stream:
            numbers.append(event.sequence_number)
            if event.type in lanes:
                read[lanes[event.type]] += event.delta
            if event.type == "response.output_text.done":
                repeated.append(event.text)
        final = stream.get_final_response()
    reasoning, _, call = final.output
    assert numbers == list(range(len(numbers))), numbers
    assert repeated == [read["text"]] and final.output_text == read["text"]
    assert (reasoning.summary[0].text, call.arguments) == (read["thought"], read["arguments"])
    return {**read, "events": len(numbers)}


def leave(given: dict) -> dict:
    """Reads the beginning of a long answer, then has enough of it."""
    with client(given).chat.completions.create(
        model="tiny", messages=hello, stream=True, extra_body={"grammar": 'root ::= "The SSN is 536-22-8726. " root'}
    ) as chunks:
        session = chunks.response.headers["x-countersign-session"]
        text = ""
        for chunk in chunks:
            text += chunk.choices[0].delta.content or ""
            if len(text) > 100:
                break
    return {"content": text, "session": session}


def crowd(given: dict) -> dict:
    """The same call many times at once, by somebody who does not wait."""

    async def one(asynchronous: AsyncOpenAI) -> str:
        try:
            await asynchronous.chat.completions.create(model="tiny", messages=hello, **given["body"])
            return "answered"
        except openai.APIStatusError as error:
            return type(error).__name__

    async def all_of_them() -> list[str]:
        async with AsyncOpenAI(base_url=given["base_url"], api_key=given["api_key"], max_retries=0) as asynchronous:
            return await asyncio.gather(*(one(asynchronous) for _ in range(given["count"])))

    return {"raised": sorted(asyncio.run(all_of_them()))}


def models(given: dict) -> dict:
    return {"models": [model.id for model in client(given).models.list()]}


def failing(given: dict) -> dict:
    """Any call that is to fail: what class of exception a program would have to catch, and what it then knows."""
    try:
        completion = client(given).chat.completions.create(
            **{"model": "tiny", "messages": hello, "max_tokens": 8, **given.get("body", {})}
        )
        return {"raised": None, "content": completion.choices[0].message.content}
    except openai.OpenAIError as error:
        return {
            "raised": type(error).__name__,
            "message": str(error),
            "status": getattr(error, "status_code", None),
            "code": getattr(error, "code", None),
            "request_id": getattr(error, "request_id", None),
        }


if __name__ == "__main__":
    main(
        chat,
        stream,
        many_streams,
        structured,
        tool_call,
        assistant_chat,
        assistant_response,
        leave,
        crowd,
        models,
        failing,
    )
