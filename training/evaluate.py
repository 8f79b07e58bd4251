"""What the model is worth: measured through the element, on clips that were never trained on.

    evaluate.py CLIP... [--build build] [--model FILE] [--scale 4] [--crf 28] [--frames 0]

Each clip is made --scale times smaller with Pillow's antialiased bicubic filter, enlarged again by a pipeline with
`flashvsr` and its default model (or --model), and compared with the clip; beside it Pillow's bicubic and swscale's
Lanczos filter. Then the same with the small clip through H.264. Last, the first frame stands still, and the mean
difference of one output frame to the next is printed, in gray levels.

PSNR is of BT.601 luma with a peak of 255, SSIM Wang's with a Gaussian window of 11 on luma without borders, both on
8-bit RGB; means over all frames, or --frames of them, evenly spread.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

from resample import LUMA, resize

ROOT = pathlib.Path(__file__).resolve().parent.parent
STILL_FRAMES = 40
SWS = "accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"


# ------------------------------------------------------------------------------- frames

def ffmpeg(arguments, data=b""):
    return subprocess.run(["ffmpeg", "-v", "error", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


def read(source, data=b""):
    """uint8 [N, H, W, 3] of a file, or of the bytes of one."""
    size = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of",
                           "csv=p=0", source], input=data, capture_output=True, check=True).stdout
    width, height = map(int, size.decode().split()[0].strip(",").split(",")[-2:])
    raw = ffmpeg(["-i", source, "-fps_mode", "passthrough", "-vf", f"scale=flags=bicubic+{SWS},format=rgb24", "-f", "rawvideo",
                  "-"], data)
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def raw_input(frames):
    height, width = frames.shape[1:3]
    return ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25", "-i", "-"]


def pillow(frames, height, width):
    """Frame by frame: a clip in floating point would be large."""
    made = [resize(torch.from_numpy(frame.copy()).permute(2, 0, 1).float(), height, width) for frame in frames]
    return np.stack([frame.permute(1, 2, 0).byte().numpy() for frame in made])


def lanczos(frames, height, width):
    raw = ffmpeg([*raw_input(frames), "-vf", f"scale={width}:{height}:flags=lanczos+{SWS}", "-f", "rawvideo", "-pix_fmt",
                  "rgb24", "-"], frames.tobytes())
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def coded(frames, crf):
    """Through H.264, 8-bit YUV 4:2:0."""
    stream = ffmpeg([*raw_input(frames), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", crf, "-f", "matroska", "-"],
                    frames.tobytes())
    return read("-", stream)


def through_element(frames, height, width, args):
    """What the pipeline makes of the frames."""
    model = [f"model-location={args.model}"] if args.model else []
    with tempfile.TemporaryDirectory() as folder:
        small, large = pathlib.Path(folder, "small.mkv"), pathlib.Path(folder, "large.rgb")
        small.write_bytes(ffmpeg([*raw_input(frames), "-c:v", "ffv1", "-pix_fmt", "gbrp", "-f", "matroska", "-"],
                                 frames.tobytes()))
        environment = {**os.environ, "GST_PLUGIN_PATH": str(args.build.resolve() / "gst")}
        subprocess.run(["gst-launch-1.0", "-q", "filesrc", f"location={small}", "!", "matroskademux", "!", "avdec_ffv1", "!",
                        "videoconvert", "!", "video/x-raw,format=RGB", "!", "flashvsr", *model, "!",
                        f"video/x-raw,format=RGB,width={width},height={height}", "!", "filesink", f"location={large}"],
                       check=True, env=environment, stdout=subprocess.DEVNULL)
        raw = np.fromfile(large, np.uint8)
    stride = (3 * width + 3) // 4 * 4                      # of rows in GStreamer's RGB
    return raw.reshape(-1, height, stride)[:, :, :3 * width].reshape(-1, height, width, 3)


# ------------------------------------------------------------------------------ measures

def luma(frame):
    return torch.from_numpy(frame.astype(np.float32)) @ LUMA + 16


def psnr(made, wanted):
    error = (luma(made) - luma(wanted)).square().mean().item()
    return min(100.0, 10 * np.log10(255**2 / max(error, 1e-9)))


def ssim(made, wanted):
    taps = torch.exp(-torch.arange(-5.0, 6.0) ** 2 / (2 * 1.5**2))
    taps = taps / taps.sum()

    def blur(x):
        return F.conv2d(F.conv2d(x[None, None], taps[None, None, None]), taps[None, None, :, None])[0, 0]

    x, y = luma(made), luma(wanted)
    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    both = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ratio = (2 * mean_x * mean_y + c1) * (2 * both + c2) / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return ratio.mean().item()


def compare(name, clip, small, args):
    """Prints and returns {method: (PSNR, SSIM)}."""
    count, height, width = clip.shape[:3]
    wanted = min(args.frames or count, count)
    chosen = np.linspace(0, count - 1, wanted).round().astype(int)
    made = {"bicubic": pillow(small[chosen], height, width), "Lanczos": lanczos(small[chosen], height, width),
            "flashvsr": through_element(small, height, width, args)[chosen]}
    scores = {}
    for method, frames in made.items():
        pairs = list(zip(frames, clip[chosen]))
        scores[method] = (statistics.fmean(psnr(*pair) for pair in pairs), statistics.fmean(ssim(*pair) for pair in pairs))
        print(f"{name:40} {method:10} {scores[method][0]:7.3f} dB  {scores[method][1]:.4f}", flush=True)
    return scores


def flicker(clip, args):
    """Mean difference of successive output frames, gray levels, while the input is one frame again and again."""
    small = np.repeat(pillow(clip[:1], clip.shape[1] // args.scale, clip.shape[2] // args.scale), STILL_FRAMES, 0)
    made = through_element(small, args.scale * small.shape[1], args.scale * small.shape[2], args).astype(np.int16)
    return float(np.mean([np.abs(b - a).mean() for a, b in zip(made, made[1:])]))


# ---------------------------------------------------------------------------------- main

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", metavar="CLIP", type=pathlib.Path, nargs="+")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="the built checkout's folder")
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--scale", type=int, default=4)
    parser.add_argument("--crf", type=int, default=28)
    parser.add_argument("--frames", type=int, default=0, help="0 = all")
    args = parser.parse_args()
    gains = {}
    for path in args.clips:
        clip = read(path)
        small = pillow(clip, clip.shape[1] // args.scale, clip.shape[2] // args.scale)
        for kind, given in (("", small), (f", H.264 crf {args.crf}", coded(small, args.crf))):
            scores = compare(path.stem + kind, clip, given, args)
            for method in ("bicubic", "Lanczos"):
                gain = scores["flashvsr"][0] - scores[method][0]
                gains.setdefault(f"mean gain over {method}{kind}", []).append(gain)
        print(f"{path.stem + ', still':40} flashvsr   {flicker(clip, args):7.3f} gray levels from frame to frame", flush=True)
    for name, values in gains.items():
        print(f"{name:40}            {statistics.fmean(values):+7.3f} dB")


if __name__ == "__main__":
    main()
