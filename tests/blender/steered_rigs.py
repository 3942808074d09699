"""Rigs whose limbs are steered by IK, of the kinds that animators build: stand-ins with constraints and drivers.

plain      the bones that deform have the IK constraint themselves; nothing switches it off
direct     the same, as much as a property says
copying    deforming bones copy FK controls, and an IK chain over them as much as a property says
dial       the same with a property that counts from 0 to 10 the other way round: 10 is FK
"""

import bpy
import numpy as np

LIMBS = {
    "hand": ("upper_arm", "forearm", "hand", (0.0, 0.5, 0.0)),
    "foot": ("thigh", "shin", "foot", (0.0, -0.6, 0.0)),
}
KINDS = ("plain", "direct", "copying", "dial")
POSE_BENT = 0.03  # [m] that elbows stand back and knees forward, so that IK knows where to bend


def bent(rig):
    """StandIn whose elbows and knees are a little bent at rest, as rigs for IK are built."""
    names, T = list(rig.rest.bone_names), rig.rest.T_armature_bone
    for upper, middle, _end, towards in LIMBS.values():
        for side in "LR":
            chain = [rig.truth[f"{role}.{side}"][0] for role in (upper, middle, _end)]
            rows = [names.index(bone) for bone in chain]
            T[rows[1], :3, 3] += POSE_BENT * np.sign(towards)
            for row, end in zip(rows[:2], rows[1:]):
                _pointed(T[row], T[end, :3, 3])
                rig.lengths[row] = np.linalg.norm(T[end, :3, 3] - T[row, :3, 3])
    return rig


def _pointed(T, at):
    """Turns a bone, its Y axis to a place, by the smallest rotation."""
    from monorig.inference import rotations

    T[:3, :3] = rotations.between(T[:3, 1], at - T[:3, 3]) @ T[:3, :3]


def steered(owner, truth, kind):
    """Gives an armature of a StandIn IK controls, poles, constraints and switches; returns it.

    Its bones become those that deform; controls: "ik_hand.L", "pole_hand.L", "fk_upper_arm.L" ...
    """
    made = _Made(owner, truth, kind)
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    for end in LIMBS:
        for side in "LR":
            made.bones(end, side)
    bpy.ops.object.mode_set(mode="OBJECT")
    for end in LIMBS:
        for side in "LR":
            made.constraints(end, side)
    return owner


ARMS = ("arm", "forearm", "hand")  # Auto-Rig Pro's words


def auto_rig_pro(owner, truth, stretch):
    """Gives an armature of Auto-Rig Pro's FK controls the IK of its arms, and bones that deform."""
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    bones = owner.data.edit_bones
    for side in "lr":
        fk = [bones[f"c_{word}_fk.{side}"] for word in ARMS]
        for ending in ("_ik", ""):
            above = fk[0].parent
            for word, drawn in zip(ARMS, fk):
                bone = bones.new(f"{word}{ending}.{side}")
                bone.head, bone.tail, bone.roll = drawn.head, drawn.tail, drawn.roll
                bone.parent, above = above, bone
        for name, end in (("c_hand_ik", "hand"), ("c_foot_ik", "foot")):
            drawn, control = bones[f"c_{end}_fk.{side}"], bones.new(f"{name}.{side}")
            control.head, control.tail, control.roll = drawn.head, drawn.tail, drawn.roll
        for name, middle, towards in (
            ("arms", fk[1], 0.5),
            ("leg", bones[f"c_leg_fk.{side}"], -0.5),
        ):
            pole = bones.new(f"c_{name}_pole.{side}")
            pole.head = middle.head + type(middle.head)((0, towards, 0))
            pole.tail = pole.head + type(middle.head)((0, 0, 0.1))
    bpy.ops.object.mode_set(mode="OBJECT")
    for side in "lr":
        _arm_of_auto_rig_pro(owner, side, stretch)


def _arm_of_auto_rig_pro(owner, side, stretch):
    made, bones = _Made(owner, {}, "auto_rig_pro"), owner.pose.bones
    for name in ("c_hand_ik", "c_foot_ik"):
        bones[f"{name}.{side}"]["ik_fk_switch"] = 0.0
        bones[f"{name}.{side}"]["auto_stretch"] = stretch
    made.ik(bones[f"forearm_ik.{side}"], f"c_hand_ik.{side}", f"c_arms_pole.{side}")
    made.copy(bones[f"hand_ik.{side}"], f"c_hand_ik.{side}", "COPY_ROTATION")
    for word in ARMS:
        made.copy(bones[f"{word}.{side}"], f"{word}_ik.{side}", "COPY_TRANSFORMS")
        by_fk = made.copy(bones[f"{word}.{side}"], f"c_{word}_fk.{side}", "COPY_TRANSFORMS")
        made.driven(by_fk, f"c_hand_ik.{side}", "ik_fk_switch", "v")


def reaching_outside(owner, made_goal):
    """Lets the IK of a `plain` rig, and what copies its controls, look at goals in place of its own bones.

    made_goal(name, (3,) where the bone is in the world) -> object, name of its bone or ""
    Returns {name of the bone: (object, bone or "")}
    """
    goals = {}
    for bone in owner.pose.bones:
        for one in bone.constraints:
            for target, subtarget in (("target", "subtarget"), ("pole_target", "pole_subtarget")):
                name = getattr(one, subtarget, "")
                if name and name not in goals:
                    goals[name] = made_goal(
                        name, owner.matrix_world @ owner.data.bones[name].head_local
                    )
                if name:
                    setattr(one, target, goals[name][0])
                    setattr(one, subtarget, goals[name][1])
    return goals


class _Made:
    """The steps of `steered`."""

    def __init__(self, owner, truth, kind):
        self.owner, self.truth, self.kind = owner, truth, kind

    def _deforming(self, end, side):
        return [self.truth[f"{role}.{side}"][0] for role in LIMBS[end][:3]]

    def bones(self, end, side):
        bones = self.owner.data.edit_bones
        upper, lower, last = (bones[name] for name in self._deforming(end, side))
        control = bones.new(f"ik_{end}.{side}")
        control.head, control.tail, control.roll = last.head, last.tail, last.roll
        pole = bones.new(f"pole_{end}.{side}")
        pole.head = lower.head + type(lower.head)(LIMBS[end][3])
        pole.tail = pole.head + type(lower.head)((0, 0, 0.1))
        root = self.truth.get("root", ("",))[0]
        control.parent = pole.parent = bones.get(root)
        if self.kind in ("copying", "dial"):
            for prefix in ("fk", "mch"):
                above = upper.parent
                for role, bone in zip(LIMBS[end], (upper, lower, last)):
                    copy = bones.new(f"{prefix}_{role}.{side}")
                    copy.head, copy.tail, copy.roll = bone.head, bone.tail, bone.roll
                    copy.parent, above = above, copy

    def constraints(self, end, side):
        deforming = self._deforming(end, side)
        bones, control = self.owner.pose.bones, self.owner.pose.bones[f"ik_{end}.{side}"]
        if self.kind != "plain":
            control["ik_fk"] = 10.0 if self.kind == "dial" else 0.0
            control.id_properties_ui("ik_fk").update(
                min=0.0, max=10.0 if self.kind == "dial" else 1
            )
        if self.kind in ("plain", "direct"):
            ik = self.ik(bones[deforming[1]], control.name, f"pole_{end}.{side}")
            turn = self.copy(bones[deforming[2]], control.name, "COPY_ROTATION")
            for constraint in (ik, turn) if self.kind == "direct" else ():
                self.driven(constraint, control.name, "ik_fk", "v")
            return
        self.ik(bones[f"mch_{LIMBS[end][1]}.{side}"], control.name, f"pole_{end}.{side}")
        self.copy(bones[f"mch_{end}.{side}"], control.name, "COPY_ROTATION")
        for name, role in zip(deforming, LIMBS[end]):
            self.copy(bones[name], f"fk_{role}.{side}", "COPY_TRANSFORMS")
            switch = self.copy(bones[name], f"mch_{role}.{side}", "COPY_TRANSFORMS")
            expression = "v" if self.kind == "copying" else "1 - v / 10"
            self.driven(switch, control.name, "ik_fk", expression)

    def copy(self, bone, target, kind):
        made = bone.constraints.new(kind)
        made.target, made.subtarget = self.owner, target
        return made

    def ik(self, bone, control, pole):
        ik = bone.constraints.new("IK")
        ik.target, ik.subtarget, ik.chain_count = self.owner, control, 2
        ik.pole_target, ik.pole_subtarget = self.owner, pole
        ik.pole_angle = self._pole_angle(bone, ik)
        return ik

    def _pole_angle(self, bone, ik):
        """The angle with which the rig stands at rest as it was drawn."""
        upper, rest = bone.parent.bone, self.owner.data.bones
        pole = rest[ik.pole_subtarget].head_local - upper.head_local
        along = bone.bone.tail_local - upper.head_local
        normal = along.cross(pole)
        projected = normal.cross(upper.matrix_local.col[1].xyz)
        x = upper.matrix_local.col[0].xyz
        angle = x.angle(projected)
        return -angle if x.cross(projected).angle(along) < 1 else angle

    def driven(self, constraint, control, key, expression):
        driver = constraint.driver_add("influence").driver
        driver.type = "SCRIPTED"
        variable = driver.variables.new()
        variable.name, variable.type = "v", "SINGLE_PROP"
        variable.targets[0].id = self.owner
        variable.targets[0].data_path = f'pose.bones["{control}"]["{key}"]'
        driver.expression = expression
