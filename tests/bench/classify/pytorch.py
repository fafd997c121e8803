"""pytorch.py MODEL.safetensors PHOTO: the five best classes of a photo by torchvision's AlexNet."""
import os
import sys

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from torch_network import Network  # noqa: E402

SIDE = 224
torch.set_num_threads(len(os.sched_getaffinity(0)))  # Debian's build takes one by itself
photo = Image.open(sys.argv[2]).convert('RGB')
width, height = (int(256 * length / min(photo.size)) for length in photo.size)
left, top = round((width - SIDE) / 2), round((height - SIDE) / 2)
photo = photo.resize((width, height), Image.BILINEAR).crop((left, top, left + SIDE, top + SIDE))
pixels = torch.from_numpy(np.array(photo)).permute(2, 0, 1).float() / 255
mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
probabilities = torch.softmax(Network(sys.argv[1])(((pixels - mean) / std)[None]), 1)
for probability, index in zip(*(part[0] for part in probabilities.topk(5))):
    print(int(index), f'{100 * probability:.1f} %')
