"""A llama of one layer, with random weights and one token per byte: 120 KB that the real server of llama.cpp serves.

It knows nothing. What it says is what the grammar of a request, or its JSON schema, leaves it to say.
"""

import numpy
from gguf import GGUFWriter, TokenType

width, feed_forward, heads, context = 32, 64, 2, 65_536
special = [b"<unk>", b"<s>", b"</s>"]
vocabulary = special + [b"<0x%02X>" % byte for byte in range(256)]

# The form of tool calls that llama.cpp reads out of the template: as Hermes and Qwen write them.
chat_template = """{%- if tools %}<|im_start|>system
# Tools
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
For each call return <tool_call>
{"name": <name>, "arguments": <arguments>}
</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content or '' }}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def write(path: str) -> None:
    writer = GGUFWriter(path, "llama")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(len(vocabulary))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(vocabulary)
    writer.add_token_scores([0.0] * len(vocabulary))
    writer.add_token_types([TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL] + [TokenType.BYTE] * 256)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(False)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(chat_template)

    random = numpy.random.default_rng(7)

    def ones(name: str) -> None:
        writer.add_tensor(name, numpy.ones(width, numpy.float32))

    def noise(name: str, *shape: int) -> None:
        writer.add_tensor(name, (random.standard_normal(shape) * 0.02).astype(numpy.float32))

    noise("token_embd.weight", len(vocabulary), width)
    ones("output_norm.weight")
    noise("output.weight", len(vocabulary), width)
    ones("blk.0.attn_norm.weight")
    ones("blk.0.ffn_norm.weight")
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        noise(f"blk.0.{part}.weight", width, width)
    noise("blk.0.ffn_gate.weight", feed_forward, width)
    noise("blk.0.ffn_up.weight", feed_forward, width)
    noise("blk.0.ffn_down.weight", width, feed_forward)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
