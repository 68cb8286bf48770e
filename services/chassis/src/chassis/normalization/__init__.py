"""How text is stored, compared and searched, in the same way in every service. Uses the standard library only.

A display form is stored and shown: the text as it was written, without invisible characters. A key serves to compare
and to search: two spellings that a reader considers the same have one key. `key(display(text)) == key(text)`, and a
function applied to its own result changes nothing. Python versions fold characters that are newer than Unicode 3.2 in
different ways. So a key keeps these characters as they are, except those in `folding.LATER`. No function fails on lone
surrogates.
"""

from chassis.normalization.codes import bare_code_key, code_key, is_digits, mobile_key, unwrapped
from chassis.normalization.names import NameProblem, display_name, is_plain_name, name_key, name_problem
from chassis.normalization.texts import display_text, half_width, text_key

__all__ = [
    "NameProblem",
    "bare_code_key",
    "code_key",
    "display_name",
    "display_text",
    "half_width",
    "is_digits",
    "is_plain_name",
    "mobile_key",
    "name_key",
    "name_problem",
    "text_key",
    "unwrapped",
]
