"""Custom properties by which Monorig knows again what it made, also after saving and loading."""

TAKE = "monorig_take"  # folder of the take; on collections, objects and actions
IDENTITY = "monorig_identity"  # number of the person; on armatures, mannequins and actions
SOLVER = "monorig_solver"  # raw, live or take; on collections, armatures and actions
CLIP = "monorig_clip"  # path of the clip; on collections
START, RATE = "monorig_start_frame", "monorig_frame_rate"  # where keys go; on collections
LEFT_OUT = "monorig_left_out"  # on the collection of people who are not in the last fit
NAME = "monorig_name"  # an action's name as it was given
KEYS = "monorig_keys"  # digest of an action's keys as they were written
REST = "monorig_rest"  # heads, tails and Z axes of an armature's bones as they were made [m]
SHAPE = "monorig_shape"  # digest of a mesh's corners as they were made
POSE = "monorig_pose"  # matrix of the camera as it was placed
