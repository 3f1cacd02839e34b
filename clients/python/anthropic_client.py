"""What a user of the `anthropic` package would write, one function per scenario."""

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


if __name__ == "__main__":
    main(tool_use)
