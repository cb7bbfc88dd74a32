"""EC2 images: one snapshot per device, and instances started from them get volumes with those blocks.

Not for: volumes and snapshots by themselves (ec2.py). Invariant: moto's own images stay as they are; only images made
by CreateImage or RegisterImage have `devices`.
"""

import moto.ec2.models.instances as ec2_instances
from ec2 import result_of
from moto.core.responses import ActionResult
from moto.ec2.responses.amis import AmisResponse

moto_describe_images = AmisResponse.describe_images
moto_setup_defaults = ec2_instances.Instance.setup_defaults
moto_add_block_device = ec2_instances.Instance.add_block_device


def create_image(self):
    ec2 = self.ec2_backend
    instance = ec2.get_instance(self._get_param("InstanceId"))
    tags = [t for t in self._get_param("TagSpecifications", []) if t["ResourceType"] == "image"]
    name, text = self._get_param("Name"), self._get_param("Description", "")
    image = ec2.create_image(instance.id, name, text, tag_specifications=tags)
    note = f"Created by CreateImage({instance.id}) for {image.id}"
    image.devices = [
        {"dev": device, "snap": ec2.create_snapshot(mapping.volume_id, note, from_ami=image.id).id}
        for device, mapping in instance.get_block_device_mapping
    ]
    image.root_device_name = image.devices[0]["dev"]
    image.root_device_type = "ebs"
    return ActionResult({"ImageId": image.id})


def register_image(self):
    image = self.ec2_backend.register_image(self._get_param("Name"), self._get_param("Description", ""))
    image.architecture = self._get_param("Architecture")
    image.virtualization_type = self._get_param("VirtualizationType")
    image.root_device_name = self._get_param("RootDeviceName")
    image.root_device_type = "ebs"
    image.devices = [
        {"dev": mapping["DeviceName"], "snap": mapping["Ebs"]["SnapshotId"]}
        for mapping in self._get_param("BlockDeviceMappings", [])
        if mapping.get("Ebs", {}).get("SnapshotId")
    ]
    return ActionResult({"ImageId": image.id})


def mappings_of(image):
    snapshots = image.ec2_backend.snapshots
    return [
        {
            "DeviceName": device["dev"],
            "Ebs": {
                "SnapshotId": device["snap"],
                "VolumeSize": snapshots[device["snap"]].volume_size,
                "VolumeType": "gp3",
                "DeleteOnTermination": True,
                "Encrypted": snapshots[device["snap"]].encrypted,
            },
        }
        for device in image.devices
        if device["snap"] in snapshots
    ]


class Described:
    """An image as DescribeImages shows it: moto's own attributes, but our devices."""

    def __init__(self, image):
        self._image = image
        self.block_device_mappings = mappings_of(image)

    def __getattr__(self, name):
        return getattr(self._image, name)


def describe_images(self):
    response = moto_describe_images(self)
    result = result_of(response)
    result["Images"] = [Described(i) if getattr(i, "devices", None) else i for i in result["Images"]]
    return response


def setup_defaults(self):
    devices = getattr(self.ec2_backend.amis.get(self.image_id), "devices", None)
    if not devices:
        return moto_setup_defaults(self)
    for device in devices:
        size = self.ec2_backend.get_snapshot(device["snap"]).volume_size
        moto_add_block_device(self, size, device["dev"], device["snap"], False, True, None, "gp3")
    return None


def install():
    AmisResponse.create_image = create_image
    AmisResponse.register_image = register_image
    AmisResponse.describe_images = describe_images
    ec2_instances.Instance.setup_defaults = setup_defaults
