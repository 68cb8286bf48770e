"""How text is stored, compared and searched, the same in every service; standard library only.

A display form keeps what was written and loses only what nobody can see. A key is for comparing and searching: two
writings that a reader takes for the same have one key. `key(display(text)) == key(text)`, and a function applied to its
own result changes nothing. Characters that Python's Unicode tables do not know are kept, so that every Python gives the
same result. No function fails on lone surrogates.
"""

from chassis.normalization.codes import bare_code_key, code_key, is_digits, mobile_key, unwrapped
from chassis.normalization.names import NameProblem, display_name, name_key, name_problem
from chassis.normalization.texts import display_text, half_width, text_key

__all__ = [
    "NameProblem",
    "bare_code_key",
    "code_key",
    "display_name",
    "display_text",
    "half_width",
    "is_digits",
    "mobile_key",
    "name_key",
    "name_problem",
    "text_key",
    "unwrapped",
]
