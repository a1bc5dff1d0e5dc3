"""Writes box.onnx, a network whose answer is known: plane 0 is the sum over 3 x 3 pixels of input plane 0,
plane 1 is input plane 1 minus twice input plane 2. Needs Debian's python3-torch."""
import torch

net = torch.nn.Conv2d(3, 2, 3, padding=1, bias=False)
with torch.no_grad():
    net.weight.zero_()
    net.weight[0, 0] = 1.0
    net.weight[1, 1, 1, 1] = 1.0
    net.weight[1, 2, 1, 1] = -2.0
torch.onnx.export(net, torch.zeros(1, 3, 8, 8), "box.onnx", opset_version=11, input_names=["in"], output_names=["out"],
                  dynamic_axes={"in": {2: "h", 3: "w"}, "out": {2: "h", 3: "w"}})
