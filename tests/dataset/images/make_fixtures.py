#!/usr/bin/python3
"""Makes the pictures in fixtures/ and the pixels that PIL reads from them.

Run it with Debian's python3-pil and python3-numpy: the pictures are drawn, so that the same versions give the same
bytes. What PIL cannot write (interlaced PNG, tiled TIFF, BMP with masks, ...) is put together here by hand.

fixtures/manifest.txt lists NAME WIDTH HEIGHT; fixtures/pixels.bin holds their RGB pixels in the same order.
"""
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent / "fixtures"
WIDTH, HEIGHT = 23, 17
entries = []


def drawn(width=WIDTH, height=HEIGHT, channels=3):
    """Slopes, a bar and a disc: every channel differs, no symmetry that would hide a wrong orientation."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([(x * (11 - 2 * c) + y * (3 + 4 * c) + 40 * c) % 256 for c in range(channels)], axis=-1)
    picture[2:5, 3:width // 2] = [[250, 20, 60, 90][:channels]]
    picture[(x - 2 * width // 3) ** 2 + (y - height // 2) ** 2 < 16] = [10, 200, 240, 130][:channels]
    return picture.astype(np.uint8)


RGB = drawn()
GREY = drawn(channels=1)[..., 0]
RGBA = drawn(channels=4)
GREY16 = (GREY.astype(np.uint16) * 257 + np.arange(WIDTH, dtype=np.uint16) * 11).astype(np.uint16)
RGB16 = RGB.astype(np.uint16) * 256 + 77
INDICES = (GREY // 4 % 40).astype(np.uint8)
PALETTE = bytes((i * k + 9 * k) % 256 for i in range(40) for k in (5, 7, 11))


def add(name, data, pixels=None):
    """`pixels`: what is expected where Osler differs from PIL, or PIL cannot read the file."""
    (HERE / name).write_bytes(data)
    if pixels is None:
        image = Image.open(io.BytesIO(data))
        # PIL 9.4 turns a TIFF when it loads it and again in exif_transpose; once is right.
        upright = image if image.format == "TIFF" else ImageOps.exif_transpose(image)
        pixels = np.asarray(upright.convert("RGB"))
    entries.append((name, np.ascontiguousarray(pixels, dtype=np.uint8)))


def saved(array, kind, mode=None, palette=None, **options):
    image = Image.fromarray(array, "P" if palette else mode)
    if palette:
        image.putpalette(palette)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def grey_rgb(grey):
    return np.repeat(np.asarray(grey, dtype=np.uint8)[..., None], 3, axis=-1)


def grey_of_16(values):
    return grey_rgb((values.astype(np.uint64) * 255 + 32767) // 65535)


def exif(orientation, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


# ---- JPEG
def jpeg_segments(data):
    """Cuts a JPEG into its marker segments; the last piece is everything from the first scan on."""
    pieces, at = [data[:2]], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
        pieces.append(data[at:end])
        at = end
    return pieces + [data[at:]]


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def adobe(transform):
    return segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def jpegs():
    for name, options in {
        "baseline": dict(quality=90), "progressive": dict(quality=80, progressive=True),
        "subsampling_444": dict(quality=85, subsampling=0), "subsampling_422": dict(quality=85, subsampling=1),
        "subsampling_420": dict(quality=60, subsampling=2), "optimized": dict(quality=30, optimize=True),
    }.items():
        add(f"jpeg_{name}.jpg", saved(RGB, "JPEG", **options))
    add("jpeg_grey.jpg", saved(GREY, "JPEG", quality=90))
    add("jpeg_grey_progressive.jpg", saved(GREY, "JPEG", progressive=True))
    cmyk = saved(RGBA, "JPEG", mode="CMYK", quality=90)
    add("jpeg_cmyk_adobe.jpg", cmyk)
    without = [piece for piece in jpeg_segments(cmyk) if piece[1] != 0xEE]
    add("jpeg_cmyk_plain.jpg", b"".join(without))
    add("jpeg_ycck.jpg", b"".join(without[:1] + [adobe(2)] + without[1:]))
    plain = [p for p in jpeg_segments(saved(RGB, "JPEG", quality=90, subsampling=0)) if p[1] != 0xE0]
    add("jpeg_rgb_adobe.jpg", b"".join(plain[:1] + [adobe(0)] + plain[1:]))
    for orientation in range(1, 9):
        order = "<" if orientation % 2 else ">"
        add(f"jpeg_orientation_{orientation}.jpg",
            saved(RGB, "JPEG", quality=80, exif=b"Exif\0\0" + exif(orientation, order)))
    add("jpeg_one_pixel.jpg", saved(RGB[:1, :1], "JPEG"))


# ---- PNG
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def packed_rows(samples, bits):
    """Rows of `samples` (height, width, channels) as PNG and TIFF store them, big-endian."""
    rows = []
    for row in samples:
        flat = row.reshape(-1)
        if bits == 16:
            rows.append(flat.astype(">u2").tobytes())
        elif bits == 8:
            rows.append(flat.astype(np.uint8).tobytes())
        else:
            planes = (flat[:, None] >> np.arange(bits - 1, -1, -1)) & 1
            rows.append(np.packbits(planes.astype(np.uint8).reshape(-1)).tobytes())
    return rows


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(samples, bits, colour, extra=b"", interlaced=False, palette=None, late=b""):
    samples = samples if samples.ndim == 3 else samples[..., None]
    height, width = samples.shape[:2]
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [samples]
    raw = b"".join(b"\0" + row for part in passes if part.shape[1] for row in packed_rows(part, bits))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced)))
    colours = chunk(b"PLTE", palette) if palette else b""
    return (b"\x89PNG\r\n\x1a\n" + header + colours + extra + chunk(b"IDAT", zlib.compress(raw)) + late
            + chunk(b"IEND", b""))


def pngs():
    for interlaced in (False, True):
        suffix = "_interlaced" if interlaced else ""
        for bits in (1, 2, 4, 8):
            values = GREY >> (8 - bits)
            add(f"png_grey_{bits}{suffix}.png", png(values, bits, 0, interlaced=interlaced))
            indices = INDICES % (1 << bits)
            add(f"png_palette_{bits}{suffix}.png",
                png(indices, bits, 3, palette=PALETTE[:3 * min(40, 1 << bits)], interlaced=interlaced))
        add(f"png_grey_16{suffix}.png", png(GREY16, 16, 0, interlaced=interlaced), grey_of_16(GREY16))
        add(f"png_rgb_8{suffix}.png", png(RGB, 8, 2, interlaced=interlaced))
        add(f"png_rgb_16{suffix}.png", png(RGB16, 16, 2, interlaced=interlaced))
        add(f"png_grey_alpha_8{suffix}.png", png(RGBA[..., :2], 8, 4, interlaced=interlaced))
        add(f"png_grey_alpha_16{suffix}.png", png(RGB16[..., :2], 16, 4, interlaced=interlaced))
        add(f"png_rgba_8{suffix}.png", png(RGBA, 8, 6, interlaced=interlaced))
        add(f"png_rgba_16{suffix}.png", png(RGBA.astype(np.uint16) * 256 + 13, 16, 6, interlaced=interlaced))
    add("png_rgb_trns.png", png(RGB, 8, 2, chunk(b"tRNS", struct.pack(">HHH", *RGB[3, 4]))))
    add("png_grey_trns.png", png(GREY, 8, 0, chunk(b"tRNS", struct.pack(">H", int(GREY[0, 1])))))
    add("png_palette_trns.png", png(INDICES, 8, 3, chunk(b"tRNS", bytes(range(0, 240, 12))), palette=PALETTE))
    add("png_palette_short.png", png(INDICES, 8, 3, palette=PALETTE[:30]))
    add("png_gamma.png", png(RGB, 8, 2, chunk(b"gAMA", struct.pack(">I", 100000))))
    add("png_filtered.png", saved(RGB, "PNG", optimize=True))
    add("png_exif_6.png", png(RGB, 8, 2, chunk(b"eXIf", exif(6, ">"))))
    add("png_exif_3_late.png", png(RGB, 8, 2, late=chunk(b"eXIf", exif(3))))
    digits = (b"Exif\0\0" + exif(8)).hex()
    text = f"\nexif\n{len(digits) // 2:8}\n{digits[:72]}\n{digits[72:]}"
    add("png_exif_8_text.png", png(RGB, 8, 2, chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text.encode()))))
    add("png_animated.png", saved(RGB, "PNG", save_all=True, append_images=[Image.fromarray(RGB[::-1].copy())]))
    add("png_one_pixel.png", png(RGB[:1, :1], 8, 2, interlaced=True))


# ---- TIFF
def tiff(samples, bits, photometric, *, order="<", compression=1, tile=None, rows_per_strip=5, separate=False,
         tags=(), predictor=False):
    """A TIFF by hand, in tiles or strips. `compression` 8 is deflate."""
    samples = samples if samples.ndim == 3 else samples[..., None]
    height, width, count = samples.shape
    units = []
    step_y, step_x = (tile, tile) if tile else (rows_per_strip, width)
    for plane in range(count) if separate else [slice(None)]:
        for y in range(0, height, step_y):
            for x in range(0, width, step_x):
                part = np.atleast_3d(samples[y:y + step_y, x:x + step_x, plane])
                if tile:
                    part = np.pad(part, ((0, tile - part.shape[0]), (0, tile - part.shape[1]), (0, 0)), mode="edge")
                if predictor:
                    part = np.concatenate([part[:, :1], np.diff(part, axis=1)], axis=1)
                raw = b"".join(packed_rows(part, bits))
                if bits == 16 and order == "<":
                    raw = np.frombuffer(raw, ">u2").astype("<u2").tobytes()
                units.append(zlib.compress(raw) if compression == 8 else raw)
    fields = [(256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * count), (259, 3, [compression]),
              (262, 3, [photometric]), (277, 3, [count]), (284, 3, [2 if separate else 1])]
    if predictor:
        fields.append((317, 3, [2]))
    fields += tags
    body = b"".join(units)
    starts = np.cumsum([8] + [len(u) for u in units])[:-1].tolist()
    sizes = [len(u) for u in units]
    fields += [(322, 4, [tile]), (323, 4, [tile]), (324, 4, starts), (325, 4, sizes)] if tile else [
        (273, 4, starts), (278, 4, [rows_per_strip]), (279, 4, sizes)]
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(body) + len(body) % 2) + body + \
        b"\0" * (len(body) % 2) + directory(sorted(fields), 8 + len(body) + len(body) % 2, order)


def directory(fields, at, order):
    entries_out, tail = [], b""
    tail_at = at + 2 + 12 * len(fields) + 4
    for tag, kind, values in fields:
        data = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(data) > 4:
            value = struct.pack(order + "I", tail_at + len(tail))
            tail += data
        else:
            value = data.ljust(4, b"\0")
        entries_out.append(struct.pack(order + "HHI", tag, kind, len(values)) + value)
    return struct.pack(order + "H", len(fields)) + b"".join(entries_out) + b"\0" * 4 + tail


def tiffs():
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        name = compression.removeprefix("tiff_")
        add(f"tiff_rgb_{name}.tif", saved(RGB, "TIFF", compression=compression))
        add(f"tiff_grey_{name}.tif", saved(GREY, "TIFF", compression=compression))
    bilevel = Image.fromarray(GREY > 120)
    for compression in ("raw", "group3", "group4"):
        out = io.BytesIO()
        bilevel.save(out, "TIFF", compression=compression)
        add(f"tiff_bilevel_{compression}.tif", out.getvalue())
    out = io.BytesIO()
    Image.fromarray(RGB).convert("YCbCr").save(out, "TIFF", compression="jpeg")
    add("tiff_ycbcr_jpeg.tif", out.getvalue())
    add("tiff_palette.tif", saved(INDICES, "TIFF", palette=PALETTE))
    add("tiff_cmyk.tif", saved(RGBA, "TIFF", mode="CMYK"))
    for order, name in (("<", "le"), (">", "be")):
        add(f"tiff_grey_16_{name}.tif", tiff(GREY16, 16, 1, order=order), grey_of_16(GREY16))
        add(f"tiff_rgb_16_{name}.tif", tiff(RGB16, 16, 2, order=order))
        add(f"tiff_rgb_{name}_tiled.tif", tiff(RGB, 8, 2, order=order, tile=16))
    add("tiff_grey_16_white_is_zero.tif", tiff(GREY16, 16, 0), 255 - grey_of_16(GREY16))
    add("tiff_rgb_deflate_tiled.tif", tiff(RGB, 8, 2, compression=8, tile=16))
    add("tiff_rgb_predictor.tif", tiff(RGB, 8, 2, compression=8, predictor=True))
    add("tiff_rgb_separate.tif", tiff(RGB, 8, 2, compression=8, separate=True, rows_per_strip=HEIGHT))
    add("tiff_rgb_separate_tiled.tif", tiff(RGB, 8, 2, compression=8, separate=True, tile=16), RGB)
    for bits in (1, 2, 4, 8):
        add(f"tiff_white_is_zero_{bits}.tif", tiff(GREY >> (8 - bits), bits, 0))
        add(f"tiff_black_is_zero_{bits}.tif", tiff(GREY >> (8 - bits), bits, 1))
    colours = [(i * k + 700 * k) % 65536 for k in (4001, 5003, 7001) for i in range(16)]
    add("tiff_palette_4.tif", tiff(INDICES % 16, 4, 3, tags=[(320, 3, colours)]))
    add("tiff_grey_alpha.tif", tiff(RGBA[..., :2], 8, 1, tags=[(338, 3, [2])]))
    add("tiff_rgba.tif", tiff(RGBA, 8, 2, tags=[(338, 3, [2])]))
    add("tiff_rgba_premultiplied.tif", tiff(RGBA, 8, 2, tags=[(338, 3, [1])]))
    add("tiff_rgbx_six_samples.tif", tiff(drawn(channels=4)[..., [0, 1, 2, 3, 0, 1]], 8, 2, tags=[(338, 3, [0, 0, 0])]))
    for orientation in (2, 3, 6):
        add(f"tiff_orientation_{orientation}.tif", tiff(RGB, 8, 2, tags=[(274, 3, [orientation])]))
    add("tiff_two_pages.tif", saved(RGB, "TIFF", save_all=True, append_images=[Image.fromarray(RGB[::-1].copy())]))


# ---- BMP
def bmp(bits, rows, *, palette=b"", compression=0, masks=b"", header=40, top_down=False, size=(WIDTH, HEIGHT)):
    height = -size[1] if top_down else size[1]
    offset = 14 + header + (len(masks) if header == 40 else 0) + len(palette)
    if header == 12:
        info = struct.pack("<IHHHH", 12, size[0], size[1], 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, size[0], height, 1, bits, compression, len(rows), 2835, 2835,
                           len(palette) // 4, 0)
        info = (info + masks).ljust(header, b"\0")
    return b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) + info + palette + rows


def bmp_rows(rows, top_down=False):
    rows = [r + b"\0" * (-len(r) % 4) for r in rows]
    return b"".join(rows if top_down else rows[::-1])


def bmp_run_lengths(indices, nibbles):
    """Runs where they are long enough, literals elsewhere; one line ends early so that the rest is colour 0."""
    out = b""
    for y, row in enumerate(indices[::-1].tolist()):
        if y == 3:
            row = row[:9]
        x = 0
        while x < len(row):
            run = 1
            while x + run < len(row) and row[x + run] == row[x]:
                run += 1
            if run > 2 or len(row) - x < 4:
                out += bytes([run, row[x] * 17 if nibbles else row[x]])
                x += run
            else:
                literal = row[x:x + 4]
                packed = bytes([literal[0] * 16 + literal[1], literal[2] * 16 + literal[3]]) if nibbles else bytes(literal)
                out += bytes([0, 4]) + packed
                x += 4
        out += b"\0\0"
    return out + b"\0\1"


def bmps():
    quads = b"".join(PALETTE[i:i + 3][::-1] + b"\0" for i in range(0, 120, 3))
    for top_down in (False, True):
        suffix = "_top_down" if top_down else ""
        for bits in (1, 4, 8):
            values = INDICES % (1 << bits)
            rows = bmp_rows(packed_rows(values[..., None], bits), top_down)
            add(f"bmp_palette_{bits}{suffix}.bmp", bmp(bits, rows, palette=quads[:4 << bits], top_down=top_down))
        rows24 = bmp_rows([r[:, ::-1].tobytes() for r in RGB], top_down)
        add(f"bmp_rgb_24{suffix}.bmp", bmp(24, rows24, top_down=top_down))
    rows32 = bmp_rows([r[:, [2, 1, 0, 3]].tobytes() for r in RGBA])
    add("bmp_rgb_32.bmp", bmp(32, rows32))
    words = (RGB16[..., 0] ^ (RGB16[..., 1] << 3) ^ (RGB16[..., 2] >> 5)).astype("<u2")
    rows16 = bmp_rows([r.tobytes() for r in words])
    add("bmp_rgb_555.bmp", bmp(16, rows16))
    add("bmp_masks_565.bmp", bmp(16, rows16, compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    add("bmp_masks_555.bmp", bmp(16, rows16, compression=3, masks=struct.pack("<III", 0x7C00, 0x3E0, 0x1F)))
    add("bmp_masks_rgba_v4.bmp", bmp(32, rows32, compression=3, header=108,
                                     masks=struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)))
    add("bmp_masks_v5.bmp", bmp(32, rows32, compression=3, header=124,
                                masks=struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)))
    triples = b"".join(PALETTE[i:i + 3][::-1] for i in range(0, 48, 3))
    add("bmp_os2.bmp", bmp(4, bmp_rows(packed_rows(INDICES[..., None] % 16, 4)), palette=triples, header=12))
    add("bmp_rle8.bmp", bmp(8, bmp_run_lengths(INDICES // 6, False), palette=quads, compression=1))
    add("bmp_rle4.bmp", bmp(4, bmp_run_lengths(INDICES // 6, True), palette=quads[:64], compression=2))
    add("bmp_grey.bmp", saved(GREY, "BMP"))


# ---- WebP and GIF
def webps():
    add("webp_lossy.webp", saved(RGB, "WEBP", quality=80))
    add("webp_lossy_low.webp", saved(RGB, "WEBP", quality=5))
    add("webp_lossless.webp", saved(RGB, "WEBP", lossless=True))
    add("webp_lossy_alpha.webp", saved(RGBA, "WEBP", quality=75, exact=True))
    add("webp_lossless_alpha.webp", saved(RGBA, "WEBP", lossless=True, exact=True))
    frames = [Image.fromarray(RGB[::-1].copy())]
    add("webp_animated.webp", saved(RGB, "WEBP", save_all=True, append_images=frames, duration=80))
    add("webp_animated_alpha.webp", saved(RGBA, "WEBP", save_all=True, append_images=[Image.fromarray(RGBA[::-1].copy())],
                                          duration=80, lossless=True, exact=True))
    add("webp_exif_6.webp", saved(RGB, "WEBP", lossless=True, exif=b"Exif\0\0" + exif(6)))
    # An animation whose first frame covers only a part of the canvas, at (4, 2).
    animated = bytearray(saved(RGB, "WEBP", save_all=True, append_images=frames, duration=80, lossless=True))
    at = animated.index(b"VP8X") + 12
    animated[at:at + 6] = (WIDTH + 8).to_bytes(3, "little") + (HEIGHT + 5).to_bytes(3, "little")
    at = animated.index(b"ANMF") + 8
    animated[at:at + 6] = (2).to_bytes(3, "little") + (1).to_bytes(3, "little")
    add("webp_offset_frame.webp", bytes(animated))


def gif_moved(data, screen, position):
    """Puts the first frame of a GIF elsewhere on a screen of another size."""
    data = bytearray(data)
    struct.pack_into("<HH", data, 6, *screen)
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 128 else 0)
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    struct.pack_into("<HH", data, at + 1, *position)
    return bytes(data)


def gifs():
    plain = saved(INDICES, "GIF", palette=PALETTE, interlace=0)
    clear = saved(INDICES, "GIF", palette=PALETTE, interlace=0, transparency=7)
    add("gif_plain.gif", plain)
    add("gif_interlaced.gif", saved(INDICES, "GIF", palette=PALETTE, interlace=1))
    add("gif_grey.gif", saved(GREY, "GIF", interlace=0))
    add("gif_transparent.gif", clear)
    add("gif_offset_frame.gif", gif_moved(plain, (40, 30), (9, 6)))
    add("gif_offset_transparent.gif", gif_moved(clear, (40, 30), (9, 6)))
    add("gif_frame_beyond_screen.gif", gif_moved(plain, (20, 10), (5, 4)))
    add("gif_animated.gif", saved(INDICES, "GIF", palette=PALETTE, save_all=True, duration=50,
                                  append_images=[Image.fromarray(INDICES[::-1].copy(), "P")]))
    noise = np.random.RandomState(7).randint(0, 256, (40, 48))
    add("gif_all_code_sizes.gif", saved(noise.astype(np.uint8), "GIF", interlace=0))


def main():
    HERE.mkdir(exist_ok=True)
    for old in HERE.iterdir():
        old.unlink()
    for make in (jpegs, pngs, tiffs, bmps, webps, gifs):
        make()
    lines = [f"{name} {p.shape[1]} {p.shape[0]}\n" for name, p in entries]
    (HERE / "manifest.txt").write_text("".join(lines))
    (HERE / "pixels.bin").write_bytes(b"".join(p.tobytes() for _, p in entries))
    print(len(entries), "pictures,", sum(f.stat().st_size for f in HERE.iterdir()), "bytes")


if __name__ == "__main__":
    main()
