"""Sharpen the scene editor's decoder: `python -m contextpairs.data.demo.train_models.decoder EDITOR OUT --steps N`.

The autoencoder's decoder was trained on latents of its own encoder; an editor's latents are a little off, and a small
shape drawn from them is easily taken for another. So the decoder alone is trained further, half on latents that the
editor predicts. Encoder, UNet and text encoder stay as they are: what the editor sees and predicts does not move.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path
from random import Random
from typing import Any

import torch
from diffusers import AutoencoderKL, StableDiffusionInstructPix2PixPipeline

from contextpairs.data.demo.scenes.objects import ObjectsScene
from contextpairs.data.demo.train_models.autoencoder import pixels_of, warm_cosine
from contextpairs.data.demo.train_models.editor import NOISIEST, TOKENS, change, new_scheduler, right_edits

BATCH = 16
GROUND_WEIGHT, THING_WEIGHT, EDGE_WEIGHT = 1.0, 4.0, 12.0
"""Edges tell a small square from a small disc: their pixels count most."""
DECAY = 0.995


def main() -> None:
    """Train the decoder, measuring now and then how many edits are right, and save the whole pipeline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("editor", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--until", type=int, help="stop here, though the rate falls as for all steps")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    pipeline = StableDiffusionInstructPix2PixPipeline.from_pretrained(given.editor, dtype=torch.float32)
    Sharpening(pipeline, given.out).run(given.steps, given.until or given.steps, given.rate)


class Sharpening:
    """A pipeline whose decoder is under training."""

    def __init__(self, pipeline: Any, out: Path) -> None:
        self.pipeline, self.out, self.random = pipeline, out, Random(11)
        self.vae: AutoencoderKL = pipeline.vae.requires_grad_(False)
        self.fast = copy.deepcopy(self.vae.decoder).requires_grad_(True)
        self.scheduler = new_scheduler()

    def run(self, steps: int, until: int, rate: float) -> None:
        """Minimise the weighted L1 between what is drawn and what the renderer draws, up to step `until`."""
        parameters = list(self.fast.parameters())
        optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=1e-4, betas=(0.9, 0.99))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_cosine(step, steps))
        begin = time.monotonic()
        for step in range(until):
            loss = self.loss()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            self.follow(min(DECAY, (step + 1) / (step + 10)))
            if step % 100 == 99:
                print(step + 1, f"loss {loss.item():.4f}", f"{time.monotonic() - begin:.0f} s", flush=True)
            if step % 500 == 499 or step == until - 1:
                print("right edits:", right_edits(self.pipeline, 384, 5), flush=True)
                self.save()

    def loss(self) -> torch.Tensor:
        """Of one batch: half edits as the editor predicts them, half scenes as the encoder sees them."""
        scenes, changes = zip(*(change(self.random) for _ in range(BATCH)), strict=True)
        wanted = [each.scene for each in changes[: BATCH // 2]]
        kept = list(scenes[BATCH // 2 :])
        with torch.no_grad():
            edited = self.predicted(scenes[: BATCH // 2], [each.instruction for each in changes[: BATCH // 2]])
            latents = torch.cat([edited, self.latents(kept)])
        drawn = self.fast(self.vae.post_quant_conv(latents))
        target = pixels_of([*wanted, *kept])
        return (weights_of(target, [*wanted, *kept]) * (drawn - target).abs()).mean()

    def latents(self, scenes: Any) -> torch.Tensor:
        """Latents (n, 16, 8, 8), not scaled."""
        return self.vae.encode(pixels_of(list(scenes))).latent_dist.mode()

    def predicted(self, scenes: Any, instructions: list[str]) -> torch.Tensor:
        """Latents (n, 16, 8, 8), not scaled, of edits: one step from noise, as the pipeline samples."""
        given = self.latents(scenes)
        made = self.pipeline.tokenizer(
            instructions, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt"
        )
        words = self.pipeline.text_encoder(made.input_ids).last_hidden_state
        times = torch.full((len(given),), NOISIEST)
        noise = torch.randn_like(given)
        predicted: torch.Tensor = self.pipeline.unet(torch.cat([noise, given], 1), times, words).sample
        return predicted / self.vae.config.scaling_factor

    def follow(self, decay: float) -> None:
        """Let the pipeline's own decoder follow: it is what is saved."""
        with torch.no_grad():
            torch._foreach_lerp_(list(self.vae.decoder.parameters()), list(self.fast.parameters()), 1 - decay)

    def save(self) -> None:
        """UNet and autoencoder in half precision, as the editor's training saves them."""
        saved = copy.deepcopy(self.pipeline)
        saved.unet.half()
        saved.vae.half()
        saved.save_pretrained(self.out)


def weights_of(pixels: torch.Tensor, scenes: list[ObjectsScene]) -> torch.Tensor:
    """The weight of each pixel (n, 1, h, w) of rendered scenes."""
    grounds = torch.tensor([scene.ground for scene in scenes]).view(-1, 3, 1, 1) / 127.5 - 1
    things = ((pixels - grounds).abs().amax(1, keepdim=True) > 0.02).float()
    near = torch.nn.functional.max_pool2d(things, 3, 1, 1) + torch.nn.functional.max_pool2d(-things, 3, 1, 1)
    return GROUND_WEIGHT + (THING_WEIGHT - GROUND_WEIGHT) * things + (EDGE_WEIGHT - THING_WEIGHT) * (near > 0).float()


if __name__ == "__main__":
    main()
