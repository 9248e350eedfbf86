"""Train the scene editor, an InstructPix2Pix pipeline.

`python -m contextpairs.data.demo.train_models.editor VAE OUT --steps N`

The UNet predicts the edited latents themselves, from noise alone: an edit of a scene has one right outcome, so a single
step of sampling is enough, and every step of training teaches to edit. The autoencoder is fixed: see
`contextpairs.data.demo.train_models.autoencoder`.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionInstructPix2PixPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from contextpairs.data.demo.scenes.changes import SceneChange, random_change
from contextpairs.data.demo.scenes.objects import objects_scene
from contextpairs.data.demo.scenes.reading import read_scene
from contextpairs.data.demo.train_models.autoencoder import LATENTS, pixels_of, warm_cosine
from contextpairs.data.demo.train_models.places import CLASSES, KINDS, places_of
from contextpairs.data.demo.train_models.texts import word_tokenizer

BATCH = 32
TOKENS = 16
WIDTH = 128
WIDTHS = (96, 128)
"""Channels of the UNet at 8 x 8 and at 4 x 4."""
CHANGED_WEIGHT = 6.0
"""Most latents stay as they are: those that an edit changes count this much more."""
READING_WEIGHT = 0.5
SCENES, CHANGES = 12_000, 3
"""Encoded once, before the training: scenes, and changes of each."""
DECAY = 0.998
STEPS = 1
NOISIEST = 999
"""The step of the schedule that sampling begins, and ends, with."""


def main() -> None:
    """Train, measuring now and then how many edits are right, and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vae", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    vae = AutoencoderKL.from_pretrained(given.vae).eval().requires_grad_(False)
    training = EditorTraining(vae, given.out)
    training.run(given.steps, given.rate)


def new_unet() -> UNet2DConditionModel:
    """Five million parameters, not yet trained."""
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=2 * LATENTS,
        out_channels=LATENTS,
        layers_per_block=1,
        block_out_channels=WIDTHS,
        down_block_types=("CrossAttnDownBlock2D",) * 2,
        up_block_types=("CrossAttnUpBlock2D",) * 2,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Two layers, trained with the UNet."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            projection_dim=WIDTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def new_scheduler() -> DDIMScheduler:
    """Starts from pure noise, and predicts the result, not the noise."""
    return DDIMScheduler(
        prediction_type="sample",
        clip_sample=False,
        set_alpha_to_one=True,
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        beta_schedule="scaled_linear",
    )


class ScenePool:
    """Encoded scenes with their changes."""

    def __init__(self, vae: AutoencoderKL, random: Random) -> None:
        self.vae = vae
        given, wanted = [], []
        self.instructions: list[list[str]] = []
        places = []
        begin = time.monotonic()
        for _ in range(0, SCENES, BATCH):
            scenes = [objects_scene(random) for _ in range(BATCH)]
            changes = [[random_change(scene, random) for scene in scenes] for _ in range(CHANGES)]
            given.append(self.latents(scenes))
            wanted.append(torch.stack([self.latents([c.scene for c in each]) for each in changes], 1))
            places.append(torch.tensor([[places_of(each[at].scene) for each in changes] for at in range(BATCH)]))
            self.instructions += [[each[at].instruction for each in changes] for at in range(BATCH)]
        self.given, self.wanted, self.places = torch.cat(given), torch.cat(wanted), torch.cat(places)
        print(f"encoded {SCENES} scenes in {time.monotonic() - begin:.0f} s", flush=True)

    def latents(self, scenes: list[Any]) -> torch.Tensor:
        """Latents (n, 16, 8, 8), not scaled, as they are kept."""
        with torch.inference_mode():
            return self.vae.encode(pixels_of(scenes)).latent_dist.mode().half()

    def batch(self, random: Random) -> tuple[torch.Tensor, torch.Tensor, list[str], torch.Tensor]:
        """Latents before and after, the instructions, and what stands where after."""
        rows = [random.randrange(SCENES) for _ in range(BATCH)]
        which = [random.randrange(CHANGES) for _ in rows]
        said = [self.instructions[row][change] for row, change in zip(rows, which, strict=True)]
        return self.given[rows].float(), self.wanted[rows, which].float(), said, self.places[rows, which]


def change(random: Random) -> tuple[Any, SceneChange]:
    """A scene and one of its changes."""
    scene = objects_scene(random)
    return scene, random_change(scene, random)


class EditorTraining:
    """The parts of the pipeline under training."""

    def __init__(self, vae: AutoencoderKL, out: Path) -> None:
        self.vae, self.out, self.random = vae, out, Random(3)
        random = Random(4)
        self.tokenizer = word_tokenizer((change(random)[1].instruction for _ in range(20_000)), TOKENS)
        self.unet = new_unet().to(memory_format=torch.channels_last)
        self.text = new_text_encoder(self.tokenizer)
        self.scheduler = new_scheduler()
        self.scale_latents()
        self.pool = ScenePool(vae, self.random)
        self.slow = copy.deepcopy([self.unet, self.text])
        self.reader = torch.nn.Linear(WIDTHS[-1] * 4 * 4, CLASSES)
        self.middle: list[torch.Tensor] = []
        self.read: list[float] = []
        """Shares of batches whose scenes were read rightly."""
        self.unet.mid_block.register_forward_hook(lambda *given: self.middle.append(given[-1].flatten(1)))

    def scale_latents(self) -> None:
        """Give the latents the spread that the noise has."""
        with torch.inference_mode():
            pixels = pixels_of([objects_scene(self.random) for _ in range(256)])
            spread = self.vae.encode(pixels).latent_dist.mode().std().item()
        self.vae.register_to_config(scaling_factor=1 / spread)

    def run(self, steps: int, rate: float) -> None:
        """Minimise the weighted error of the predicted latents."""
        parameters = [*self.unet.parameters(), *self.text.parameters(), *self.reader.parameters()]
        optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01, betas=(0.9, 0.99))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_cosine(step, steps))
        begin, losses = time.monotonic(), []
        for step in range(steps):
            loss = self.loss()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            self.follow(min(DECAY, (step + 1) / (step + 10)))
            losses.append(loss.item())
            if step % 100 == 99:
                shown = f"loss {np.mean(losses[-100:]):.4f} read {np.mean(self.read[-100:]):.3f}"
                print(step + 1, shown, f"{time.monotonic() - begin:.0f} s", flush=True)
            if step % 500 == 499 or step == steps - 1:
                print("right edits:", right_edits(self.pipeline(), 96, 5), flush=True)
                self.save()

    def loss(self) -> torch.Tensor:
        """Of one batch of changes, drawn from noise."""
        given, wanted, instructions, places = self.pool.batch(self.random)
        scale = self.vae.config.scaling_factor
        target, times = wanted * scale, torch.full((BATCH,), NOISIEST)
        noisy = self.scheduler.add_noise(target, torch.randn_like(target), times)
        words = self.text(self.tokens(instructions)).last_hidden_state
        predicted = self.unet(torch.cat([noisy, given], 1), times, words).sample
        changed = ((wanted - given).abs().amax(1, keepdim=True) * scale > 0.1).float()
        drawn = ((1 + (CHANGED_WEIGHT - 1) * changed) * (predicted - target).square()).mean()
        return drawn + READING_WEIGHT * self.reading_loss(places)

    def reading_loss(self, places: torch.Tensor) -> torch.Tensor:
        """What stands where after the edit, read off the UNet's middle by a linear map, which is thrown away."""
        logits = self.reader(self.middle.pop()).view(-1, len(KINDS))
        self.read.append((logits.argmax(-1) == places.flatten()).view(BATCH, -1).all(1).float().mean().item())
        return F.cross_entropy(logits, places.flatten())

    def tokens(self, texts: list[str]) -> torch.Tensor:
        """As the pipeline makes them."""
        made = self.tokenizer(texts, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt")
        return made.input_ids

    def follow(self, decay: float) -> None:
        """Let the slow copy follow: it is what is saved."""
        with torch.no_grad():
            for slow, fast in zip(self.slow, (self.unet, self.text), strict=True):
                torch._foreach_lerp_(list(slow.parameters()), list(fast.parameters()), 1 - decay)

    def pipeline(self) -> StableDiffusionInstructPix2PixPipeline:
        """The pipeline of the slow copies."""
        unet, text = (copy.deepcopy(each).eval() for each in self.slow)
        return StableDiffusionInstructPix2PixPipeline(
            vae=self.vae,
            text_encoder=text,
            tokenizer=self.tokenizer,
            unet=unet,
            scheduler=new_scheduler(),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )

    def save(self) -> None:
        """UNet and autoencoder in half precision: they are loaded into the precision that is asked for."""
        pipeline = self.pipeline()
        pipeline.unet.half()
        pipeline.vae = copy.deepcopy(self.vae).half()
        pipeline.save_pretrained(self.out)


def right_edits(pipeline: Any, number: int, seed: int) -> str:
    """Share of new edits that the renderer's inverse reads as exactly what was asked for, and of those by kind."""
    pipeline.set_progress_bar_config(disable=True)
    random = Random(f"held out {seed}")
    scenes = [objects_scene(random) for _ in range(number)]
    changes = [random_change(scene, random) for scene in scenes]
    edited = []
    for at in range(0, number, 16):
        edited += pipeline(
            [change.instruction for change in changes[at : at + 16]],
            image=[scene.draw() for scene in scenes[at : at + 16]],
            num_inference_steps=STEPS,
            guidance_scale=1.0,
            generator=torch.Generator().manual_seed(seed),
        ).images
    hits: dict[str, list[bool]] = {}
    for image, scene, change in zip(edited, scenes, changes, strict=True):
        right = read_scene(np.asarray(image), scene).scene == change.scene
        hits.setdefault(change.instruction.split()[0], []).append(right)
    total = [hit for each in hits.values() for hit in each]
    return f"{np.mean(total):.3f} " + str({name: f"{np.mean(each):.2f}" for name, each in sorted(hits.items())})


if __name__ == "__main__":
    main()
