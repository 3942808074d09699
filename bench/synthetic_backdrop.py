"""What is behind the people: a floor to the horizon under a panorama, and their shadows on it.

Made from the camera alone, so that it moves as a real place would when the camera moves. Pictures are
(H,W,3) BGR; panoramas are Blender's studio HDRIs (CC0, Poly Haven), floors are made of seeded noise.
"""

import cv2
import numpy as np

FLOOR_METRES, FLOOR_PIXELS = 8.0, 2048  # one tile of the floor's texture
HAZE_METRES = 30.0  # distance at which the floor fades into the panorama
SHADOW, SHADOW_BLUR = 0.5, 2.0  # strength, [px]
FAR = 400.0  # [m]
EXPOSURE, EXPOSED_SHARE = (
    0.5,
    0.7,
)  # where this quantile of the upper half of a panorama goes, linear
BLUR, NOISE = 0.5, 2.5  # of the camera [px], [of 255]
# floor: colour BGR, spread of the noise, its grain [px of the texture], (planks or slabs) [m]
FLOORS = {
    "tiles": ((150, 158, 165), 10, 4, (0.5, 0.5)),
    "planks": ((70, 105, 150), 14, 16, (0.14, 1.6)),
    "concrete": ((128, 132, 135), 12, 32, None),
    "asphalt": ((82, 80, 80), 16, 1, None),
    "grass": ((48, 105, 82), 26, 2, None),
}


def exposed(linear):
    """Panorama (H,W,3), linear RGB, first row on top -> as bright as all others are."""
    sky = linear[: len(linear) // 2].mean(-1)
    return linear * (EXPOSURE / max(np.quantile(sky, EXPOSED_SHARE), 1e-6))


def panorama(linear):
    """Linear RGB (H,W,3) of an equirectangular panorama, first row on top -> uint8 BGR, sRGB."""
    scaled = exposed(linear)
    scaled = scaled / (1 + np.maximum(scaled - 0.7, 0))  # highlights roll off
    srgb = np.where(
        scaled < 0.0031308, 12.92 * scaled, 1.055 * scaled.clip(1e-9) ** (1 / 2.4) - 0.055
    )
    return (255 * srgb.clip(0, 1))[..., ::-1].astype(np.uint8).copy()


def floor_texture(name, rng):
    """uint8 BGR, tiles in both directions."""
    colour, spread, grain, slabs = FLOORS[name]
    size = FLOOR_PIXELS
    noise = sum(
        share * _tiling_noise(size, g, rng)
        for g, share in ((grain, 0.7), (grain * 8, 0.5), (256, 0.5))
    )
    picture = np.array(colour, np.float32) + spread * noise[..., None]
    if slabs:
        x, y = (np.arange(size) * FLOOR_METRES / size,) * 2
        column = (x // slabs[0]).astype(int)
        row = ((y[:, None] + 0.37 * slabs[1] * (column % 2)) // slabs[1]).astype(int)
        shade = rng.normal(0, spread * 0.7, (row.max() + 1, column.max() + 1))
        picture += shade[row, column[None]][..., None]
        edge_x = np.abs((x / slabs[0]) % 1) * slabs[0] < 0.008
        edge_y = ((y[:, None] + 0.37 * slabs[1] * (column % 2)) % slabs[1]) < 0.008
        picture[edge_x[None] | edge_y] *= 0.6
    return picture.clip(0, 255).astype(np.uint8)


def _tiling_noise(size, grain, rng):
    """(size,size) smooth noise of unit variance at its knots, `grain` pixels apart; its edges fit."""
    knots = rng.normal(size=(size // grain, size // grain)).astype(np.float32)
    wide = np.pad(knots, 2, "wrap")
    smooth = cv2.resize(wide, None, fx=grain, fy=grain, interpolation=cv2.INTER_CUBIC)
    smooth = cv2.copyMakeBorder(smooth, 0, grain, 0, grain, cv2.BORDER_WRAP)
    return smooth[2 * grain : 2 * grain + size, 2 * grain : 2 * grain + size]


def behind(K, T_world_camera, image_size, world, floor):
    """Picture of panorama and floor from a camera."""
    width, height = image_size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    rays = np.stack([(x - K[0, 2]) / K[0, 0], (y - K[1, 2]) / K[1, 1], np.ones_like(x, float)], -1)
    rays = rays @ T_world_camera[:3, :3].T
    picture = _look_up_panorama(rays, world)
    distance = np.where(
        rays[..., 2] < 0, T_world_camera[2, 3] / np.maximum(-rays[..., 2], 1e-6), FAR
    )
    distance = np.minimum(distance, FAR)
    ground = T_world_camera[:3, 3] + distance[..., None] * rays
    return _over_floor(picture, ground, distance * np.linalg.norm(rays, axis=-1), K[0, 0], floor)


def _look_up_panorama(rays, world):
    """As Blender maps directions to an equirectangular picture."""
    height, width = world.shape[:2]
    u = 0.5 - np.arctan2(rays[..., 1], rays[..., 0]) / (2 * np.pi)
    v = 0.5 - np.arctan2(rays[..., 2], np.linalg.norm(rays[..., :2], axis=-1)) / np.pi
    places = (u * width).astype(np.float32), (v * (height - 1)).astype(np.float32)
    return cv2.remap(world, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).astype(float)


def _over_floor(picture, ground, distance, focal, floor):
    """Picture with the floor where rays meet the ground; coarser where a pixel covers more of it."""
    scale = FLOOR_PIXELS / FLOOR_METRES
    level = np.log2(np.maximum(distance / focal * scale, 1.0))  # of the pyramid
    pyramid = [floor]
    while len(pyramid) <= min(int(level.min()) + 5, 7):
        pyramid.append(cv2.pyrDown(pyramid[-1]))
    near = np.zeros_like(picture)
    for n, image in enumerate(pyramid):
        places = ground[..., :2] * scale / 2**n
        found = cv2.remap(
            image,
            (places[..., 0] % image.shape[1]).astype(np.float32),
            (places[..., 1] % image.shape[0]).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )
        last = n == len(pyramid) - 1
        share = np.clip(1 - np.abs(level - n), 0, 1) if not last else np.clip(level - n + 1, 0, 1)
        near += share[..., None] * found
    haze = np.exp(-distance / HAZE_METRES) * (distance < FAR)
    return picture * (1 - haze[..., None]) + near * haze[..., None]


def shadow(K, T_world_camera, image_size, sun, meshes):
    """(H,W) share of light that is left on the ground under meshes (vertices (V,3), triangles (n,3))."""
    width, height = image_size
    mask = np.zeros((height, width), np.uint8)
    azimuth, elevation = np.radians(sun)
    slope = np.array([np.cos(azimuth), np.sin(azimuth)]) / np.tan(elevation)
    for vertices, triangles in meshes:
        fallen = np.zeros_like(vertices)
        fallen[:, :2] = vertices[:, :2] - vertices[:, 2:].clip(0) * slope
        X = (fallen - T_world_camera[:3, 3]) @ T_world_camera[:3, :3]
        seen = (X[:, 2] > 0.2)[triangles].all(-1)
        px = X[:, :2] / np.maximum(X[:, 2:], 0.2) * np.diag(K)[:2] + K[:2, 2]
        corners = (px.clip(-20000, 20000) * 16).round().astype(np.int32)[triangles[seen]]
        for corner in corners:
            cv2.fillConvexPoly(mask, corner, 255, shift=4)
    return 1 - SHADOW * cv2.GaussianBlur(mask, (0, 0), SHADOW_BLUR).astype(float) / 255


def compose(background, light, people, rng):
    """Background (H,W,3), share of light on it (H,W), rendered people (H,W,4) as Stage -> uint8 picture."""
    picture = background * light[..., None] * (1 - people[..., 3:]) + people[..., :3]
    picture = cv2.GaussianBlur(picture, (0, 0), BLUR)
    return (picture + rng.normal(0, NOISE, picture.shape)).round().clip(0, 255).astype(np.uint8)
