# SPDX-License-Identifier: Apache-2.0
"""The networks by their names in configs, and how the reference trains them."""
from bisenetv1 import BiSeNetV1
from bisenetv2 import BiSeNetV2

NETWORKS = {"bisenetv1": BiSeNetV1, "bisenetv2": BiSeNetV2}


def parameter_groups(network, lr, weight_decay):
    """The reference's four groups: heads learn ten times as fast, only convolution weights decay."""
    groups = {(multiplier, decays): [] for multiplier in (1, 10) for decays in (True, False)}
    for name, parameter in network.named_parameters():
        groups[10 if network.is_head(name) else 1, parameter.dim() == 4].append(parameter)
    return [{"params": members, "lr": lr * multiplier, "multiplier": multiplier,
             "weight_decay": weight_decay if decays else 0.0}
            for (multiplier, decays), members in groups.items()]
