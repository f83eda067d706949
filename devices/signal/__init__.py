"""What a curve means: heart beats, rhythm, pulse, breathing, oxygen, and how far each can be trusted. Pure, numpy, streaming."""
