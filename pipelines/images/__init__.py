"""The image build, stage by stage."""
