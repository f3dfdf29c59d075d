"""The portrait, cut out of its background, on a mesh that moves; one picture for each moment."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.features.face import FaceFinder
from fsrf_live.tools.make.clip import face, script, warp

SCALE = 1.55
LEFT = 73
_TEETH = 0.125
_GONE_PX = 360.0
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Portrait:
    """The person ``[H, W, 3] uint8`` RGB with her outline ``[H, W] float32`` and mesh, and the backdrop."""

    person: Image
    outline: NDArray[np.float32]
    backdrop: NDArray[np.float32]
    expressions: face.Expressions
    points: warp.Points
    triangles: warp.Triangles
    loose: NDArray[np.float64]
    unit: float


def load() -> Portrait:
    """Cut out and mesh Eileen Collins's portrait (NASA, public domain; it comes with scikit-image)."""
    photo = np.asarray(data.astronaut(), dtype=np.uint8)  # type: ignore[no-untyped-call]
    person = _view(photo)
    found = _landmarks(photo)
    outline = _view(_outline(photo, found[: face.MESH_POINTS])).astype(np.float32)
    landmarks = (found - (LEFT, 0)) * SCALE
    expressions = face.expressions(landmarks)
    mesh = landmarks[: face.MESH_POINTS]
    points = np.concatenate([mesh, _around(mesh)])
    return Portrait(
        person=person,
        outline=outline,
        backdrop=_backdrop(),
        expressions=expressions,
        points=points,
        triangles=warp.triangulate(points),
        loose=_looseness(points, mesh),
        unit=float(np.linalg.norm(landmarks[468] - landmarks[473])),
    )


def picture(portrait: Portrait, time_s: float, loudness: float) -> Image:
    """The frame ``[360, 480, 3] uint8`` RGB at a moment."""
    smile, frown = script.smile(time_s), script.frown(time_s)
    jaw = float(loudness) * (1 - 0.55 * smile)
    mesh = portrait.expressions.mix(smile, frown, jaw, script.blink(time_s))
    target = portrait.points.copy()
    target[: len(mesh)] = mesh
    target = _sway(target, portrait, time_s)
    height, width = portrait.outline.shape
    maps = warp.inverse_map(portrait.points, target, portrait.triangles, width, height)
    person = cv2.remap(portrait.person, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    veil = cv2.remap(portrait.outline, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shown = _darken_mouth(person.astype(np.float32), target, portrait.unit)
    drop = _GONE_PX * script.away(time_s)
    move = np.array([[1, 0, 0.12 * drop], [0, 1, drop]], dtype=np.float32)
    placed = cv2.warpAffine(shown, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(veil, move, (width, height))[..., None]
    mixed = alpha * placed + (1 - alpha) * portrait.backdrop
    return np.asarray(np.clip(mixed, 0, 255).round(), dtype=np.uint8)


def _view(photo: NDArray[Any]) -> NDArray[Any]:
    move = np.array([[SCALE, 0, -LEFT * SCALE], [0, SCALE, 0]])
    size = (script.WIDTH, script.HEIGHT)
    return np.asarray(cv2.warpAffine(photo, move, size, flags=cv2.INTER_CUBIC))


def _outline(photo: Image, landmarks: warp.Points) -> NDArray[np.float32]:
    """How much of each pixel is the person: GrabCut (Rother et al. 2004), told roughly where she is."""
    (x, y), chin, width = landmarks.mean(axis=0), landmarks[152, 1], np.ptp(landmarks[:, 0])
    known = np.full(photo.shape[:2], cv2.GC_PR_BGD, np.uint8)
    _ellipse(known, (x, y - 0.1 * width), (1.1 * width, 1.25 * width), cv2.GC_PR_FGD)
    shoulders = [(x - 0.5 * width, chin), (x + 0.5 * width, chin), (x + 2 * width, 511), (x - 2 * width, 511)]
    cv2.fillPoly(known, [np.array(shoulders, np.int32)], int(cv2.GC_PR_FGD))
    cv2.fillPoly(known, [cv2.convexHull(landmarks.astype(np.int32))], int(cv2.GC_FGD))
    _ellipse(known, (x, chin + 0.45 * width), (0.85 * width, 0.6 * width), cv2.GC_FGD)
    known[:20] = cv2.GC_BGD
    known[: round(chin + 0.4 * width), : round(x - 1.3 * width)] = cv2.GC_BGD
    first, second = np.zeros((1, 65)), np.zeros((1, 65))
    nowhere = (0, 0, 0, 0)
    mask, _, _ = cv2.grabCut(photo, known, nowhere, first, second, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(person, (0, 0), 1.2), dtype=np.float32)


def _ellipse(known: Image, middle: tuple[float, float], axes: tuple[float, float], value: int) -> None:
    centre, radii = (round(middle[0]), round(middle[1])), (round(axes[0]), round(axes[1]))
    cv2.ellipse(known, centre, radii, 0, 0, 360, int(value), -1)


def _landmarks(photo: Image) -> warp.Points:
    finder = FaceFinder()
    found = finder.looks(np.ascontiguousarray(photo[..., ::-1]))[-1].landmarks
    finder.close()
    return np.asarray(found[:, :2])


def _around(mesh: warp.Points) -> warp.Points:
    """A coarse grid over the frame outside the face, so that hair and neck move along."""
    hull = cv2.convexHull(mesh.astype(np.float32))
    grid = [
        (float(x), float(y))
        for y in np.linspace(0, script.HEIGHT - 1, 19)
        for x in np.linspace(0, script.WIDTH - 1, 25)
        if cv2.pointPolygonTest(hull, (float(x), float(y)), True) < -6
    ]
    return np.array(grid)


def _looseness(points: warp.Points, mesh: warp.Points) -> NDArray[np.float64]:
    """How much each point follows the head: 1 on it, 0 on the shoulders and at the frame's edge."""
    centre = mesh.mean(axis=0)
    reach = np.linalg.norm((points - centre) / (120.0, 150.0), axis=1)
    near = np.clip((1.6 - reach) / 0.7, 0, 1)
    above_collar = np.clip((mesh[152, 1] + 45 - points[:, 1]) / 45, 0, 1)
    return np.asarray(near * above_collar)


def _sway(points: warp.Points, portrait: Portrait, time_s: float) -> warp.Points:
    right, down, turn = script.sway(time_s)
    neck = portrait.expressions.rest[152] + (0.0, 40.0)
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (points - neck) @ rotation.T + neck + (right, down)
    return np.asarray(points + portrait.loose[:, None] * (moved - points))


def _darken_mouth(person: NDArray[np.float32], target: warp.Points, unit: float) -> NDArray[np.float32]:
    """Shade what lies below the teeth when the mouth is open wider than the portrait's own."""
    upper = target[list(face.UPPER_INNER)].copy()
    lower = target[list(face.LOWER_INNER)]
    upper[:, 1] = np.minimum(upper[:, 1] + _TEETH * unit, lower[:, 1])
    inside = np.concatenate([upper, lower[::-1]])
    mask = np.zeros(person.shape[:2], dtype=np.float32)
    cv2.fillPoly(mask, [np.round(inside * 16).astype(np.int32)], (1.0,), shift=4)
    soft = cv2.GaussianBlur(mask, (0, 0), 1.0)[..., None]
    return np.asarray(person * (1 - 0.85 * soft) + 0.85 * soft * np.array([58, 22, 24], dtype=np.float32))


def _backdrop() -> NDArray[np.float32]:
    """A mottled studio backdrop, drawn from a seed."""
    noise = np.random.default_rng(7)
    mottle = np.zeros((script.HEIGHT, script.WIDTH), dtype=np.float32)
    for cells, strength in ((4, 9.0), (9, 5.0), (20, 2.5)):
        coarse = noise.standard_normal((cells, cells)).astype(np.float32)
        mottle += strength * cv2.resize(coarse, (script.WIDTH, script.HEIGHT), interpolation=cv2.INTER_CUBIC)
    tint = np.array([189, 180, 178], dtype=np.float32)
    return np.asarray(np.clip(tint + mottle[..., None], 0, 255), dtype=np.float32)
