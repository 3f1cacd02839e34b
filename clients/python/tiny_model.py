"""A llama of one layer, with random weights and one token per byte: 120 KB that the real server of llama.cpp serves.

It has learnt one thing: after a new line it begins to call a tool. All else that it says is what the grammar of a request, its
JSON schema or the parameters of a tool leave it to say.
"""

import numpy
from gguf import GGUFWriter, TokenType

width, feed_forward, heads, context = 32, 64, 2, 65_536
special, end_of_text = [b"<unk>", b"<s>", b"</s>"], 2
vocabulary = special + [b"<0x%02X>" % byte for byte in range(256)]

# No letter stands twice in it, so that each follows from the one before.
tool_call = "use(\n"

# llama.cpp reads out of it how tools are called: as Hermes and Qwen do, but between `use(` and `)`.
chat_template = """{%- if tools %}<|im_start|>system
# Tools
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
For each call return use(
{"name": <name>, "arguments": <arguments>}
)<|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content or '' }}
{%- for call in message.tool_calls or [] %}
use(
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
)
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
    writer.add_eos_token_id(end_of_text)
    writer.add_chat_template(chat_template)

    random = numpy.random.default_rng(7)

    def ones(name: str) -> None:
        writer.add_tensor(name, numpy.ones(width, numpy.float32))

    def random_weights(*shape: int) -> numpy.ndarray:
        return (random.standard_normal(shape) * 0.02).astype(numpy.float32)

    def noise(name: str, *shape: int) -> None:
        writer.add_tensor(name, random_weights(*shape))

    embedding = random_weights(len(vocabulary), width)
    output = random_weights(len(vocabulary), width)
    for before, after in zip(b"\n" + tool_call.encode(), tool_call.encode()):
        output[len(special) + after] = embedding[len(special) + before] * 1000
    output[end_of_text] = embedding[len(special) + ord(")")] * 1000
    writer.add_tensor("token_embd.weight", embedding)
    ones("output_norm.weight")
    writer.add_tensor("output.weight", output)
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
