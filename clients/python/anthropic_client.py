"""What a user of the `anthropic` package would write, one function per scenario."""

import json

import anthropic

from scenario import main

hello = [{"role": "user", "content": "Hello"}]


def tool_use(given: dict) -> dict:
    """The model is made to call a tool with a value that stands in its schema. `stream`: by the helper of the SDK."""
    schema = {"type": "object", "properties": {"ssn": {"const": given["value"]}}, "required": ["ssn"]}
    call = {
        "model": "tiny",
        "max_tokens": 300,
        "messages": hello,
        "tools": [{"name": "look_up", "input_schema": schema}],
        "tool_choice": {"type": "any"},
    }
    with anthropic.Anthropic(base_url=given["base_url"], auth_token=given["auth_token"], max_retries=0) as client:
        try:
            if given.get("stream"):
                with client.messages.stream(**call) as events:
                    message = events.get_final_message()
            else:
                message = client.messages.create(**call)
        except anthropic.APIError as error:
            return {"raised": type(error).__name__, "message": str(error), "status": getattr(error, "status_code", None)}
    return {"raised": None, "input": message.content[0].input, "stop_reason": message.stop_reason}


def assistant_message(given: dict) -> dict:
    """The demo's assistant: every event, and what the helper makes of all of them."""
    lanes = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
    read = {lane: "" for lane in lanes.values()}
    events = 0
    with anthropic.Anthropic(base_url=given["base_url"], auth_token=given["auth_token"], max_retries=0) as client:
        with client.messages.stream(
            model="bank-assistant",
            max_tokens=300,
            thinking={"type": "enabled", "budget_tokens": 1024},
            messages=[{"role": "user", "content": given["words"]}],
            tools=[{"name": "look_up", "input_schema": {"type": "object", "properties": {"ssn": {"type": "string"}}}}],
        ) as stream:
            for event in stream:
                events += 1
                if event.type == "content_block_delta" and event.delta.type in lanes:
                    lane = lanes[event.delta.type]
                    read[lane] += getattr(event.delta, lane)
            message = stream.get_final_message()
    thought, text, call = message.content
    assert (thought.thinking, thought.signature, text.text) == (read["thinking"], "", read["text"])
    assert call.input == json.loads(read["partial_json"]) and message.stop_reason == "tool_use"
    return {
        "text": read["text"],
        "thought": read["thinking"],
        "arguments": read["partial_json"],
        "events": events,
    }


if __name__ == "__main__":
    main(tool_use, assistant_message)
