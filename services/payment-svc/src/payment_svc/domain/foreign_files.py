"""Recognizes files of forbidden types by their first bytes. If the file is a picture, says how to convert it."""

#: The first bytes of programs and archives. Such a file is refused even if a PDF header follows these bytes.
PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"PK",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"Rar!",
    b"7z\xbc\xaf",
)

HEIC = "这是HEIC照片，暂不支持。iPhone请在“设置-相机-格式”中选择“兼容性最佳”后重新拍照，或将照片截图、转存为JPG后上传"
OTHER = "这是{name}图片，暂不支持，请用看图软件另存为JPG或PNG，或截图后上传"

#: The offset of the signature, the signature, and the name of the type.
PICTURES = (
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (8, b"WEBP", "WEBP"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypavis", "AVIF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftyphevc", "HEIC"),
    (4, b"ftyphevx", "HEIC"),
    (4, b"ftypheim", "HEIC"),
    (4, b"ftypheis", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"),
)


def conversion_advice(content: bytes) -> str | None:
    """A sentence that says how to convert a picture of an unsupported type. None for all other content."""
    for at, signature, name in PICTURES:
        if content.startswith(signature, at):
            return HEIC if name == "HEIC" else OTHER.format(name=name)
    return None
