"""Train the scene encoder, an open_clip model: `python -m contextpairs.data.demo.train_models.encoder OUT --steps N`.

Each step shows scenes of one domain. For every question that a scene can be asked, the statement of the right answer
has to beat those of the wrong answers: exactly what edits are verified by.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from open_clip import CLIP
from safetensors.torch import load_file, save_file

from contextpairs.data.answers.statements import statement
from contextpairs.data.demo.scenes.changes import random_change
from contextpairs.data.demo.scenes.objects import ObjectsScene
from contextpairs.data.demo.scenes.rendering import DOMAINS, scene
from contextpairs.data.demo.scenes.scene import Scene, SceneQuestion
from contextpairs.data.demo.train_models.autoencoder import warm_cosine
from contextpairs.data.demo.train_models.places import CLASSES, KINDS, places_of
from contextpairs.data.demo.train_models.texts import word_tokenizer

SIDE = 64
TOKENS = 20
BATCH = 64
QUESTIONS = 24
"""Question texts of a step; more would spend the time on texts."""
SHARES = {"objects": 0.48, "geometry": 0.13, "charts": 0.13, "tables": 0.13, "diagrams": 0.13}
MEAN, SPREAD = 0.75, 0.3
"""Of the pixels of rendered scenes, roughly."""
PREPROCESS = {
    "size": [SIDE, SIDE],
    "mode": "RGB",
    "mean": [MEAN] * 3,
    "std": [SPREAD] * 3,
    "interpolation": "bicubic",
    "resize_mode": "squash",
}
GRID = 384 * 4 * 4
"""Features of the image tower's third layer: channels, rows, columns."""
MODEL: dict[str, Any] = {
    "embed_dim": 256,
    "vision_cfg": {"image_size": SIDE, "layers": [1, 1, 1, 1], "width": 24, "head_width": 64},
    "text_cfg": {"context_length": TOKENS, "width": 128, "heads": 4, "layers": 2},
}


@dataclass(frozen=True, slots=True)
class Language:
    """All questions of a domain with all answers they can have."""

    answers: dict[str, tuple[str, ...]]


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on from the weights in OUT")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    languages = {domain: language(domain) for domain in DOMAINS}
    tokenizer = word_tokenizer(statements(languages), TOKENS)
    config = {**MODEL, "text_cfg": {**MODEL["text_cfg"], "vocab_size": len(tokenizer), "hf_tokenizer_name": "."}}
    given.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(given.out)
    written = {"model_cfg": config, "preprocess_cfg": PREPROCESS}
    (given.out / "open_clip_config.json").write_text(json.dumps(written, indent=2) + "\n")
    text = {key: value for key, value in config["text_cfg"].items() if key != "hf_tokenizer_name"}
    model = CLIP(config["embed_dim"], config["vision_cfg"], text)
    if given.resume:
        model.load_state_dict(load_file(given.out / "open_clip_model.safetensors"))
    EncoderTraining(model, tokenizer, languages, given.out).run(given.steps, given.rate)


def language(domain: str) -> Language:
    """Questions and answers that occur in 4,000 scenes."""
    found: dict[str, set[str]] = defaultdict(set)
    for number in range(4000):
        for asked in scene(domain, 1, number).asked():
            found[asked.question].add(asked.answer)
    return Language({question: tuple(sorted(answers)) for question, answers in sorted(found.items())})


def statements(languages: dict[str, Language]) -> Iterator[str]:
    """Everything that can be said of the scenes."""
    for each in languages.values():
        for question, answers in each.answers.items():
            yield from (statement(question, answer) for answer in answers)


class EncoderTraining:
    """A model under training, saved as it goes."""

    def __init__(self, model: CLIP, tokenizer: Any, languages: dict[str, Language], out: Path) -> None:
        self.model, self.tokenizer, self.languages, self.out = model, tokenizer, languages, out
        self.random, self.seed = Random(2), 0
        self.right: dict[str, list[float]] = defaultdict(list)
        self.readers = torch.nn.ModuleList([torch.nn.Linear(each, CLASSES) for each in (GRID, MODEL["embed_dim"])])
        self.features: list[torch.Tensor] = []
        for layer in (model.visual.layer3, model.visual.attnpool):
            layer.register_forward_hook(lambda *given: self.features.append(given[-1].flatten(1)))

    def run(self, steps: int, rate: float) -> None:
        """Minimise the cross-entropy of the right answers."""
        parameters = [*self.model.parameters(), *self.readers.parameters()]
        optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_cosine(step, steps))
        begin = time.monotonic()
        for step in range(steps):
            loss = self.loss(self.random.choices(list(SHARES), list(SHARES.values()))[0])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            self.model.logit_scale.data.clamp_(max=4.6)
            if step % 100 == 99:
                shown = {name: f"{np.mean(hits):.3f}" for name, hits in sorted(self.right.items())}
                print(step + 1, f"{time.monotonic() - begin:.0f} s", shown, flush=True)
                self.right.clear()
                self.save()

    def save(self) -> None:
        """Weights as half precision: open_clip loads them into the precision that is asked for."""
        tensors = {name: tensor.half().contiguous() for name, tensor in self.model.state_dict().items()}
        save_file(tensors, self.out / "open_clip_model.safetensors")

    def loss(self, domain: str) -> torch.Tensor:
        """Mean over the questions of a batch of scenes of one domain."""
        scenes = [self.scene(domain) for _ in range(BATCH)]
        questions = self.questions(domain)
        texts = [statement(question, answer) for question in questions for answer in questions[question]]
        starts, at = {}, 0
        for question, answers in questions.items():
            starts[question] = at
            at += len(answers)
        logits = self.model.logit_scale.exp() * self.images(scenes) @ self.texts(texts).T
        losses = []
        for row, asked in ((row, asked) for row, each in enumerate(scenes) for asked in chosen(each, self.random)):
            answers = questions.get(asked.question, ())
            if asked.answer not in answers:
                continue
            mine = logits[row, starts[asked.question] : starts[asked.question] + len(answers)]
            target = answers.index(asked.answer)
            self.right[f"{domain} {asked.kind}"[:14]].append(float(mine.argmax() == target))
            losses.append(F.cross_entropy(mine[None], torch.tensor([target])))
        return torch.stack(losses).mean() + self.reading_loss(scenes)

    def reading_loss(self, scenes: list[Scene]) -> torch.Tensor:
        """What stands where, read off the middle layer and off the vector by linear maps, which are thrown away.

        What color alone tells is learned at once; without this, shapes and places stay at chance for long.
        """
        shown = [row for row, each in enumerate(scenes) if isinstance(each, ObjectsScene)]
        targets = torch.tensor([places_of(each) for each in scenes if isinstance(each, ObjectsScene)]).flatten()
        total = torch.zeros(())
        for name, features, reader in zip(("middle", "vector"), self.features, self.readers, strict=True):
            if shown:
                logits = reader(features[shown]).view(-1, len(KINDS))
                total = total + F.cross_entropy(logits, targets)
                hits = (logits.argmax(-1) == targets).view(len(shown), -1).all(1)
                self.right[f"objects {name}"] += hits.float().tolist()
        self.features.clear()
        return total

    def questions(self, domain: str) -> dict[str, tuple[str, ...]]:
        """The question texts of a step with their answers."""
        answers = self.languages[domain].answers
        texts = self.random.sample(list(answers), min(QUESTIONS, len(answers)))
        return {question: answers[question] for question in texts}

    def scene(self, domain: str) -> Scene:
        """A new scene; of objects, also what edits make of one."""
        self.seed += 1
        made = scene(domain, 2, self.seed)
        if isinstance(made, ObjectsScene) and self.random.random() < 0.5:
            return random_change(made, self.random).scene
        return made

    def images(self, scenes: list[Scene]) -> torch.Tensor:
        """Vectors of scenes, drawn with the flaws that an editor leaves."""
        drawn = np.stack([np.asarray(each.draw()) for each in scenes])
        pixels = torch.from_numpy(drawn).permute(0, 3, 1, 2).float() / 255
        noise = torch.rand(len(scenes), 1, 1, 1) * 0.06 * torch.randn_like(pixels)
        blurred = F.avg_pool2d(pixels, 3, 1, 1, count_include_pad=False)
        mix = torch.rand(len(scenes), 1, 1, 1) * (torch.rand(len(scenes), 1, 1, 1) < 0.3)
        return self.model.encode_image(((1 - mix) * pixels + mix * blurred + noise - MEAN) / SPREAD, normalize=True)

    def texts(self, texts: list[str]) -> torch.Tensor:
        """Vectors of statements."""
        ids = self.tokenizer(texts, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt")
        return self.model.encode_text(ids.input_ids, normalize=True)


def chosen(each: Scene, random: Random) -> list[SceneQuestion]:
    """Questions of a scene; of presences as many "no" as "yes", since most things are absent."""
    asked = list(each.asked())
    absent = [a for a in asked if a.kind == "presence" and a.answer == "no"]
    present = sum(a.kind == "presence" and a.answer == "yes" for a in asked)
    dropped = set(random.sample(range(len(absent)), max(0, len(absent) - present - 2)))
    gone = {a.question for at, a in enumerate(absent) if at in dropped}
    return [a for a in asked if a.question not in gone]


if __name__ == "__main__":
    main()
