"""Train the autoencoder of the scene editor: `python -m contextpairs.data.demo.train_models.autoencoder OUT --steps N`.

64 x 64 pixels become 16 channels of 8 x 8. It is trained first and alone: what it cannot draw, no edit can show.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from random import Random

import numpy as np
import torch
from diffusers import AutoencoderKL

from contextpairs.data.demo.scenes.changes import random_change
from contextpairs.data.demo.scenes.objects import SIDE, ObjectsScene, objects_scene

LATENTS = 16
BATCH = 16
THING_WEIGHT = 5.0
"""Most of a scene is empty ground: the pixels of things count this much more."""
NOISE = 0.05
"""Of the latents' spread, added while training: the editor's latents will not be exact either."""


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    model = train(new_autoencoder(), given.steps, given.rate, given.out)
    model.save_pretrained(given.out)


def new_autoencoder() -> AutoencoderKL:
    """One million parameters, not yet trained."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(16, 32, 64, 64),
        layers_per_block=1,
        latent_channels=LATENTS,
        norm_num_groups=8,
        sample_size=SIDE,
        scaling_factor=1.0,
    )


def train(model: AutoencoderKL, steps: int, rate: float, out: Path) -> AutoencoderKL:
    """Minimise the weighted L1 between scenes and their reconstructions."""
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-4, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_cosine(step, steps))
    random, begin = Random(1), time.monotonic()
    for step in range(steps):
        pixels, weights = scenes_batch(random, BATCH)
        latents = model.encode(pixels).latent_dist.mode()
        drawn = model.decode(latents + NOISE * latents.detach().std() * torch.randn_like(latents)).sample
        loss = (weights * (drawn - pixels).abs()).mean() + 1e-3 * latents.square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 200 == 199:
            plain = (drawn - pixels).abs().mean().item()
            print(f"{step + 1} loss {loss.item():.4f} L1 {plain:.4f} {time.monotonic() - begin:.0f} s", flush=True)
            model.save_pretrained(out)
    return model


def warm_cosine(step: int, steps: int) -> float:
    """Share of the learning rate: up in 100 steps, down to 2 % along a cosine."""
    return min((step + 1) / 100, 0.02 + 0.49 * (1 + math.cos(math.pi * min(step / steps, 1.0))))


def scenes_batch(random: Random, number: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels (n, 3, 64, 64) in -1..1 of scenes, some of them changed, and the weight of each pixel (n, 1, 64, 64)."""
    scenes = [_scene(random) for _ in range(number)]
    pixels = pixels_of(scenes)
    grounds = torch.tensor([scene.ground for scene in scenes]).view(-1, 3, 1, 1) / 127.5 - 1
    things = ((pixels - grounds).abs().amax(1, keepdim=True) > 0.02).float()
    return pixels, 1 + (THING_WEIGHT - 1) * things


def pixels_of(scenes: list[ObjectsScene]) -> torch.Tensor:
    """Pixels (n, 3, 64, 64) in -1..1."""
    drawn = np.stack([np.asarray(scene.draw()) for scene in scenes])
    pixels = torch.from_numpy(drawn).permute(0, 3, 1, 2).float() / 127.5 - 1
    return pixels.contiguous(memory_format=torch.channels_last)


def _scene(random: Random) -> ObjectsScene:
    scene = objects_scene(random)
    return random_change(scene, random).scene if random.random() < 0.3 else scene


if __name__ == "__main__":
    main()
