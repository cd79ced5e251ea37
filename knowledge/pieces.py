"""Cuts text into MiniLM's word pieces. Spellings of people in a hurry are read as what they stand for."""

from pathlib import Path

from tokenizers import BertWordPieceTokenizer, Regex
from tokenizers.normalizers import Replace, Sequence

VOCABULARY = Path(__file__).parent / "minilm" / "vocab.txt"

_APOSTROPHES = {
    r"(?<=\b(?:do|does|did|is|are|was|were|have|has|had|wo|ca|could|would|should))nt\b": "n't",
    r"(?<=\bi)m\b": "'m",
    r"(?<=\b(?:i|you|we|they))ve\b": "'ve",
    r"(?<=\b(?:you|they))re\b": "'re",
    r"(?<=\b(?:you|they|it|that))ll\b": "'ll",
    r"(?<=\bi)l\b": "'ll",
    r"(?<=\b(?:you|they))d\b": "'d",
    r"(?<=\b(?:that|what|there|here|who|how|where))s\b": "'s",
}
"""Apostrophes left out where what remains is no other word."""
_SHORT = {
    "tmrw|tmr|tmw|tomoz": "tomorrow",
    "u": "you",
    "ur": "your",
    "pls|plz": "please",
    "thx|thnx": "thanks",
    "cos|coz|cuz": "because",
    "gimme": "give me",
    "gonna": "going to",
    "sry|soz": "sorry",
    "thru": "through",
    "tho": "though",
    "def": "definitely",
    "prob|probs": "probably",
    "omg": "oh my god",
}
"""Words cut short."""


def pieces() -> BertWordPieceTokenizer:
    """Return a tokenizer whose offsets are places in the text as it was written."""
    tokenizer = BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
    patterns = _APOSTROPHES | {rf"\b(?:{short})\b(?!-)": whole for short, whole in _SHORT.items()}
    spelled = [Replace(Regex(rf"(?i){pattern}"), whole) for pattern, whole in patterns.items()]
    tokenizer.normalizer = Sequence([*spelled, tokenizer.normalizer])
    return tokenizer
