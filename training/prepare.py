"""Clips to train on, out of still pictures.

    prepare.py PICTURES OUT [--clips-per-picture 8] [--limit 0] [--seed 1] [--workers 0]

PICTURES is a folder tree of pictures (jpg, png, webp), such as the unpacked wallpaper packages that README.md
names; ffmpeg reads them and compresses the clips. Each picture is moved by random smooth pans, zooms and
rotations, some with a second part of it in front that moves differently (parallax), and filmed at 256 x 256, as a rule
a little softly and compressed. OUT gets one safetensors file a picture, with uint8 tensors
    sharp [clips, frames, 3, 256, 256]        the target
    clean, coded [clips, frames, 3, 64, 64]   four times smaller: by Pillow's antialiased bicubic filter alone, and
                                              as video is: blurred, noisy, in YUV 4:2:0 and through H.264
    half [clips, frames, 3, 128, 128]         two times smaller, every second clip coded
About every eleventh picture goes to OUT/validation, and is never trained on. Files are named by what the pictures hold,
which also decides where they go and how they move. One that is there already is skipped, so an interrupted run goes on
where it was; for another seed begin in an empty folder. The same seed gives the same clips, up to what versions of ffmpeg
change.
"""
import argparse
import concurrent.futures
import hashlib
import math
import os
import pathlib
import subprocess

import numpy as np
import torch
import torch.nn.functional as F

from resample import resize, to_levels
from oracle_io import save_safetensors

SIZE, FRAMES = 256, 17
SMALLEST = 900            # shorter side of a picture worth filming
ENDINGS = (".jpg", ".png", ".webp")
VALIDATION_EVERY = 11


# ---------------------------------------------------------------------------- pictures

def find_pictures(folder):
    """{name by content: path} of the pictures; no previews, and of what Plasma ships in several sizes the largest."""
    largest = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in ENDINGS or not path.is_file() or path.stem == "screenshot":
            continue
        size, parts = picture_size(path), path.parts
        wallpaper = parts[:parts.index("contents")] if "contents" in parts else parts
        if min(size) >= SMALLEST and math.prod(size) > largest.get(wallpaper, (0, None))[0]:
            largest[wallpaper] = math.prod(size), path
    return {hashlib.sha256(path.read_bytes()).hexdigest()[:16]: path for _, path in largest.values()}


def picture_size(path):
    line = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                           "stream=width,height", "-of", "csv=p=0", path], capture_output=True, check=True, text=True)
    width, height = line.stdout.split()[0].strip(",").split(",")
    return int(width), int(height)


def read_picture(path):
    """float32 [3, H, W] in 0..255."""
    width, height = picture_size(path)
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24",
                          "-"], capture_output=True, check=True).stdout
    pixels = np.frombuffer(raw, np.uint8).reshape(height, width, 3)
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1).float()


def smaller_versions(picture):
    """The picture and its halves, as long as there is room to move in them."""
    levels = [picture]
    while min(levels[-1].shape[1:]) >= 2 * SMALLEST:
        levels.append(F.avg_pool2d(levels[-1], 2))
    return levels


# ------------------------------------------------------------------------------ motion

def smooth(rng, amount):
    """[FRAMES]: a start, a speed and two slow waves; `amount` is about the change of a frame."""
    time = np.arange(FRAMES)
    path = rng.normal() * amount * time
    for period in (12.0, 25.0):
        path = path + rng.normal() * amount * period / 8 * np.sin(2 * math.pi * (time / period + rng.random()))
    return path


def camera(level, rng):
    """[FRAMES, 2, 3]: where the view's corners lie in the picture, frame by frame; some do not move."""
    speed = rng.choice([0.0, 0.5, 2.0, 5.0], p=[0.1, 0.3, 0.4, 0.2])
    height, width = level.shape[1:]
    zoom = rng.uniform(0.7, 1.3) * np.exp(smooth(rng, 0.002 * min(speed, 2)))
    angle = rng.uniform(-0.5, 0.5) + smooth(rng, 0.002 * min(speed, 2))
    edge = SIZE * 1.2
    x = rng.uniform(edge, width - edge) + smooth(rng, speed)
    y = rng.uniform(edge, height - edge) + smooth(rng, 0.6 * speed)
    theta = np.zeros((FRAMES, 2, 3), np.float32)
    cosine, sine = np.cos(angle) * zoom * 2 * SIZE, np.sin(angle) * zoom * 2 * SIZE
    theta[:, 0] = np.stack([cosine / width, -sine / width, 2 * x / width - 1], 1)
    theta[:, 1] = np.stack([sine / height, cosine / height, 2 * y / height - 1], 1)
    return torch.from_numpy(theta)


def view(level, theta):
    """[n, 3, SIZE, SIZE] of the picture, each pixel the mean of 2 x 2 samples."""
    grid = F.affine_grid(theta, (len(theta), 3, 2 * SIZE, 2 * SIZE), align_corners=False)
    frames = [F.grid_sample(level[None], one[None], padding_mode="reflection", align_corners=False) for one in grid]
    return F.avg_pool2d(torch.cat(frames), 2)


def detail(picture):
    return (picture[:, 1:] - picture[:, :-1]).abs().mean().item()


def film(levels, rng):
    """[FRAMES, 3, SIZE, SIZE] of a moving view; of a few tries the first with some detail."""
    for _ in range(8):
        level = levels[rng.integers(len(levels))]
        theta = camera(level, rng)
        if detail(view(level, theta[:1])[0]) > 3:
            break
    return view(level, theta)


def shape_mask(rng):
    """[FRAMES, 1, SIZE, SIZE] in 0..1: a moving blob with a wavy, nearly sharp border."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    centre = rng.uniform(0.2, 0.8, (2, 1, 1, 1)) + np.stack([smooth(rng, 0.01), smooth(rng, 0.01)])[:, :, None, None]
    dy, dx = y - centre[0], x - centre[1]
    radius = rng.uniform(0.15, 0.4) * (1 + 0.3 * np.sin(rng.integers(2, 7) * np.arctan2(dy, dx) + rng.uniform(0, 6)))
    mask = np.clip((radius - np.hypot(dx, dy)) * SIZE / 1.5 + 0.5, 0, 1)
    return torch.from_numpy(mask).float()[:, None]


def make_clip(levels, rng):
    """[FRAMES, 3, SIZE, SIZE] in whole levels."""
    clip = film(levels, rng)
    if rng.random() < 0.3:
        mask = shape_mask(rng)
        clip = clip + mask * (film(levels, rng) - clip)
    return as_film(clip, rng)


# ------------------------------------------------------------------------- degradation

def as_film(clip, rng):
    """In whole levels. Lenses are softer than pixels are small, and what films people have were compressed before."""
    if rng.random() < 0.75:
        clip = blurred(clip, rng.uniform(0.3, 1.0))
    clip = to_levels(clip)
    return code(clip, rng, 14, 26) if rng.random() < 0.5 else clip


def code(clip, rng, best, worst):
    """[N, 3, h, w] through 8-bit YUV 4:2:0 and H.264 (one time in eight 4:2:0 alone)."""
    n, _, height, width = clip.shape
    raw = clip.permute(0, 2, 3, 1).to(torch.uint8).contiguous().numpy().tobytes()
    video = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25", "-i", "-"]
    crf, preset = int(rng.integers(best, worst + 1)), rng.choice(["veryfast", "medium"])
    coder = ["rawvideo"] if rng.random() < 1 / 8 else ["libx264", "-crf", crf, "-preset", preset, "-threads", 1]
    coded = run_ffmpeg([*video, "-pix_fmt", "yuv420p", "-c:v", *coder, "-f", "nut", "-"], raw)
    pixels = run_ffmpeg(["-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], coded)
    frames = np.frombuffer(pixels, np.uint8).reshape(n, height, width, 3)
    return torch.from_numpy(frames.copy()).permute(0, 3, 1, 2).float()


def run_ffmpeg(arguments, data):
    command = ["ffmpeg", "-v", "error", "-sws_flags", "bicubic+accurate_rnd+full_chroma_int", *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def as_video(clip, size, rng):
    """Smaller as a camera, a scaler and a coder leave it."""
    if rng.random() < 0.1:
        clip = blurred(clip, rng.uniform(0.3, 0.8) * SIZE / size / 4)
    small = resize(clip, size, size)
    if rng.random() < 0.1:
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        small = to_levels(small + rng.uniform(0.5, 2.5) * torch.randn(small.shape, generator=generator))
    return code(small, rng, 20, 38)


def blurred(clip, sigma):
    taps = torch.exp(-torch.arange(-6.0, 7.0) ** 2 / (2 * sigma * sigma))
    taps = (taps / taps.sum()).expand(3, 1, -1)
    clip = F.conv2d(F.pad(clip, (6, 6, 6, 6), "replicate"), taps[:, :, None], groups=3)
    return F.conv2d(clip, taps[..., None], groups=3)


# -------------------------------------------------------------------------------- files

def prepare(job):
    path, target, count, seed = job
    if target.exists():
        return target
    torch.set_num_threads(1)
    rng = np.random.default_rng([seed, int(target.stem, 16)])
    levels = smaller_versions(read_picture(path))
    parts = {"sharp": [], "clean": [], "coded": [], "half": []}
    for index in range(count):
        clip = make_clip(levels, rng)
        parts["sharp"].append(clip)
        parts["clean"].append(resize(clip, SIZE // 4, SIZE // 4))
        parts["coded"].append(as_video(clip, SIZE // 4, rng))
        parts["half"].append(as_video(clip, SIZE // 2, rng) if index % 2 else resize(clip, SIZE // 2, SIZE // 2))
    partial = target.with_suffix(".partial")
    save_safetensors(partial, {name: torch.stack(clips).to(torch.uint8) for name, clips in parts.items()})
    partial.rename(target)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", metavar="PICTURES", type=pathlib.Path)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path)
    parser.add_argument("--clips-per-picture", type=int, default=8)
    parser.add_argument("--limit", type=int, default=0, help="use so many pictures; 0 = all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="0 = one a core")
    args = parser.parse_args()
    pictures = sorted(find_pictures(args.pictures).items())
    pictures = pictures[:args.limit] if args.limit else pictures
    if not pictures:
        parser.error(f"no pictures of {SMALLEST} pixels and more in {args.pictures}")
    (args.out / "validation").mkdir(parents=True, exist_ok=True)
    jobs = []
    for name, path in pictures:
        folder = args.out / "validation" if int(name, 16) % VALIDATION_EVERY == 0 else args.out
        jobs.append((path, folder / f"{name}.safetensors", args.clips_per_picture, args.seed))
    with concurrent.futures.ProcessPoolExecutor(args.workers or len(os.sched_getaffinity(0))) as pool:
        for done, target in enumerate(pool.map(prepare, jobs), 1):
            print(f"{done}/{len(jobs)} {target}", flush=True)


if __name__ == "__main__":
    main()
