"""What other trainers call the settings of a run, and what they are called here."""

from __future__ import annotations

OF_TRL = (
    "gradient_checkpointing", "logging_steps", "loss_type", "lr_scheduler_type", "max_grad_norm", "num_iterations",
    "optim", "report_to", "run_name", "scale_rewards", "steps_per_generation", "temperature", "top_k", "top_p",
    "use_vllm", "warmup_steps", "weight_decay",
)  # fmt: skip
"""Fields that TRL's GRPOConfig is given as they are."""
ELSEWHERE = {
    **{name: f"trl.{name}" for name in OF_TRL},
    "adapter": "lora",
    "attn_implementation": "attention",
    "batch_size": "prompts_per_step, the prompts of an optimizer step over all devices",
    "bf16": "dtype, of the weights, or trl.bf16, of the passes",
    "dataset": "tasks",
    "dataset_name": "tasks",
    "epochs": "steps, the optimizer steps of the run",
    "epsilon": "epsilon_low and epsilon_high",
    "eval_dataset": "pairs, whose probe split `contextpairs probe` asks about",
    "gradient_accumulation_steps": "accumulation",
    "group_size": "rollouts",
    "kl_coef": "beta",
    "lambda": "coefficient",
    "load_in_4bit": "quantization=4bit",
    "lora_alpha": "lora.alpha",
    "lora_r": "lora.r",
    "lora_target_modules": "lora.targets",
    "lr": "learning_rate",
    "max_completion_length": "max_completion",
    "max_new_tokens": "max_completion",
    "max_prompt_length": "max_length",
    "max_seq_length": "max_length",
    "max_steps": "steps",
    "model_name_or_path": "model",
    "num_epochs": "steps, the optimizer steps of the run",
    "num_generations": "rollouts",
    "num_train_epochs": "steps, the optimizer steps of the run",
    "output_dir": "out",
    "per_device_train_batch_size": "prompts_per_step, the prompts of an optimizer step over all devices; accumulation "
    "cuts it into micro-steps",
    "peft_config": "lora",
    "resume_from_checkpoint": "resume",
    "reward_funcs": "reward",
    "save_steps": "save_every",
    "torch_dtype": "dtype",
    "train_batch_size": "prompts_per_step, the prompts of an optimizer step over all devices",
    "train_dataset": "tasks",
    "use_peft": "lora",
}
"""Settings by their names in TRL, transformers and verl."""
