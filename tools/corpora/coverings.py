"""Things drawn over faces that hide a part of them, and things drawn on faces that hide nothing.

All is laid out in the face's own frame: x runs from the eye on the left of the picture to the other, y down,
the middle between the eyes is (0, 0), from cheek to cheek is 1. The mouth is near (0, .5), the chin near .8.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fsrf_live.fsrf.common.aliases import Doubles, Image
from fsrf_live.stream.features.mesh import Landmarks, face_width

_RIGHT_EYE, _LEFT_EYE, _MOUTH = (33, 133), (263, 362), (61, 291)
_NOSE, _CHIN, _CHEEKS = 4, 152, (50, 280)
_OVAL = (
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454,
)  # fmt: skip
"""The lower half of the face's outline, from ear to ear."""
_EYE_SIZE, _MOUTH_SIZE = (0.15, 0.09), (1.1, 0.11)
"""Half axes of what counts as an eye, and (in half widths of it; as it is) as the mouth."""
_BELOW_EYE = np.array([0, 0.02])
_SOFT = 0.008
"""How soft the edge of what is drawn is, in face widths."""
_SMOOTH = 0.12
"""How smooth the light on what is drawn is, in face widths."""
_FINE = 16

Chance = np.random.Generator
Place = Sequence[float] | Doubles
"""Two numbers in the face's frame."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """A ``picture [H, W, 3]`` RGB with the frame of the face in it, and how much ``hidden [H, W]`` is by now.

    ``light [H, W]`` is how bright the bare picture is about each pixel, 1 on average; ``pixels [H, W, 2]``
    are the places of the pixels in the face's frame.
    """

    picture: Doubles
    hidden: Doubles
    landmarks: Landmarks
    origin: Doubles
    along: Doubles
    width: float
    light: Doubles
    pixels: Doubles

    @property
    def down(self) -> Doubles:
        """The direction from the eyes to the chin, ``[2]``."""
        return np.array([-self.along[1], self.along[0]])

    def framed(self, points: Doubles) -> Doubles:
        """Points ``[N, 2]`` of the picture in the face's frame."""
        moved = points - self.origin
        return np.stack([moved @ self.along, moved @ self.down], axis=-1) / self.width

    def landmark(self, *numbers: int) -> Doubles:
        """The middle of landmarks in the face's frame, ``[2]``."""
        return np.asarray(self.framed(self.landmarks[list(numbers), :2]).mean(axis=0))

    def filled(self, points: Doubles) -> Doubles:
        """What a polygon ``[N, 2]`` of the face's frame takes of each pixel, ``[H, W]`` in [0, 1]."""
        import cv2

        corners = self.origin + self.width * (points[:, :1] * self.along + points[:, 1:] * self.down)
        inside = np.zeros(self.hidden.shape, np.uint8)
        cv2.fillPoly(inside, [np.rint(corners * _FINE).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
        return np.asarray(cv2.GaussianBlur(inside, (0, 0), max(_SOFT * self.width, 0.3)) / 255.0)

    def under(self, cover: Doubles, stuff: Doubles) -> "Canvas":
        """The same with `stuff [H, W, 3]` or ``[3]`` laid over it where ``cover [H, W]`` says so."""
        return replace(self.tinted(cover, stuff), hidden=np.maximum(self.hidden, cover))

    def tinted(self, where: Doubles, stuff: Doubles) -> "Canvas":
        """The same with `stuff` mixed in, of which nothing is hidden."""
        return replace(self, picture=self.picture + where[..., None] * (stuff - self.picture))

    def shown(self) -> Image:
        """The picture as a camera gives it."""
        return np.asarray(np.clip(np.rint(self.picture), 0, 255), np.uint8)


def canvas(picture: Image, landmarks: Landmarks) -> Canvas:
    """An untouched canvas: ``picture [H, W, 3]`` RGB, ``landmarks [478, 3]`` in its pixels."""
    right, left = (landmarks[list(eye), :2].mean(axis=0) for eye in (_RIGHT_EYE, _LEFT_EYE))
    along = (left - right) / max(float(np.linalg.norm(left - right)), 1e-9)
    origin, width = (right + left) / 2, max(face_width(landmarks), 1.0)
    height, broad = picture.shape[:2]
    places = np.stack(np.meshgrid(np.arange(broad), np.arange(height)), axis=-1) - origin
    return Canvas(
        picture.astype(np.float64),
        np.zeros((height, broad)),
        landmarks,
        origin,
        along,
        width,
        _light(picture, width),
        np.stack([places @ along, places @ np.array([-along[1], along[0]])], axis=-1) / width,
    )


def _light(picture: Image, width: float) -> Doubles:
    import cv2

    height, broad = picture.shape[:2]
    coarse = max(1, round(_SMOOTH * width / 2))
    small = tuple(max(1, side // coarse) for side in (broad, height))
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), small, interpolation=cv2.INTER_AREA)
    light = cv2.resize(cv2.GaussianBlur(grey, (0, 0), 2).astype(np.float64), (broad, height))
    return np.asarray(np.clip(light / max(float(light.mean()), 1.0), 0.3, 1.8))


def quarters_hidden(drawn: Canvas) -> Doubles:
    """How much of each of the `QUARTERS` is hidden, ``[4]`` in [0, 1]; outside the picture all is."""
    import cv2

    eyes = [(drawn.landmark(*eye), np.array(_EYE_SIZE)) for eye in (_RIGHT_EYE, _LEFT_EYE)]
    ends = drawn.framed(drawn.landmarks[list(_MOUTH), :2])
    half = max(float(np.linalg.norm(ends[1] - ends[0])) / 2, 0.05)
    mouth = ends.mean(axis=0), np.array([_MOUTH_SIZE[0] * half, _MOUTH_SIZE[1]])
    height, broad = drawn.hidden.shape
    shares = []
    steps = np.stack(np.meshgrid(np.linspace(-1, 1, 15), np.linspace(-1, 1, 15)), -1).reshape(-1, 2)
    disc = steps[(steps**2).sum(axis=1) <= 1]
    for (middle, size), side in ((eyes[0], 0), (eyes[1], 0), (mouth, -1), (mouth, 1)):
        of = disc if side == 0 else disc[disc[:, 0] * side >= 0]
        spots = middle + of * size
        places = drawn.origin + drawn.width * (spots[:, :1] * drawn.along + spots[:, 1:] * drawn.down)
        read = cv2.remap(
            drawn.hidden.astype(np.float32),
            places[:, 0].astype(np.float32),
            places[:, 1].astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).ravel()
        outside = (places < 0).any(axis=1) | (places[:, 0] > broad - 1) | (places[:, 1] > height - 1)
        shares.append(float(np.where(outside, 1.0, read).mean()))
    return np.array(shares)


def lit(drawn: Canvas, stuff: Doubles, chance: Chance) -> Doubles:
    """A colour ``[3]`` or texture ``[H, W, 3]`` under the light of the picture, ``[H, W, 3]``."""
    light = drawn.light ** chance.uniform(0, 0.9)
    slope = (drawn.pixels @ chance.normal(0, 0.25, 2)).clip(-0.5, 0.5)
    return np.asarray(stuff * (light * (1 + slope))[..., None])


def capsule(start: Place, end: Place, radius: float, taper: float) -> Doubles:
    """A rounded bar between two points as a polygon ``[N, 2]``; at its end it has `taper` of its radius."""
    first, last = np.array(start), np.array(end)
    angle = np.arctan2(*(last - first)[::-1])
    back, front = (np.linspace(a, a + np.pi, 9) + angle for a in (np.pi / 2, -np.pi / 2))
    return np.concatenate(
        [
            first + radius * np.stack([np.cos(back), np.sin(back)], -1),
            last + taper * radius * np.stack([np.cos(front), np.sin(front)], -1),
        ]
    )


def ellipse(middle: Place, size: Place, turn: float) -> Doubles:
    """An ellipse by its half axes, as a polygon ``[N, 2]``."""
    angles = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    points = np.stack([np.cos(angles) * size[0], np.sin(angles) * size[1]], -1)
    return np.asarray(points @ turned_by(turn).T + np.array(middle))


def box(middle: Place, size: Place, turn: float) -> Doubles:
    """A rectangle by its half sides, as a polygon ``[4, 2]``."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(size)
    return np.asarray(corners @ turned_by(turn).T + np.array(middle))


def turned_by(angle: float) -> Doubles:
    """The matrix that turns by an angle."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def skin(drawn: Canvas) -> Doubles:
    """The colour of the cheeks, ``[3]``."""
    height, broad = drawn.hidden.shape
    places = np.rint(drawn.landmarks[list(_CHEEKS), :2]).astype(int)
    spots = [
        drawn.picture[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4].reshape(-1, 3)
        for x, y in np.clip(places, 0, [broad - 1, height - 1]).tolist()
    ]
    return np.asarray(np.concatenate(spots).mean(axis=0))


def _colour(chance: Chance) -> Doubles:
    """Any colour; greys, whites and blacks often."""
    grey = chance.choice([chance.uniform(0, 60), chance.uniform(60, 190), chance.uniform(190, 255)])
    spread = chance.choice([5.0, 60.0])
    return np.asarray(np.clip(grey + chance.normal(0, spread, 3), 0, 255), np.float64)


def _cloth(drawn: Canvas, colour: Doubles, chance: Chance) -> Doubles:
    """A texture ``[H, W, 3]``: plain, folded, striped, dotted, blotched."""
    import cv2

    place = drawn.pixels @ turned_by(chance.uniform(-0.3, 0.3)).T
    kind = chance.choice(["plain", "folds", "stripes", "dots", "blotches"], p=[0.3, 0.3, 0.15, 0.1, 0.15])
    wave: Doubles = np.zeros(drawn.hidden.shape)
    if kind == "folds":
        wave = 0.12 * np.abs(np.sin(place[..., 1] * chance.uniform(12, 30) + chance.uniform(0, 6)))
    elif kind == "stripes":
        along = place @ np.array([chance.normal(), chance.normal()])
        wave = 0.5 * (np.sin(along * chance.uniform(15, 60)) > 0)
    elif kind == "dots":
        wave = 0.6 * ((np.sin(place * chance.uniform(20, 50)).prod(axis=2)) > 0.4)
    elif kind == "blotches":
        noise = chance.normal(0, 1, drawn.hidden.shape)
        blurred = cv2.GaussianBlur(noise, (0, 0), chance.uniform(0.01, 0.06) * drawn.width + 0.5)
        wave = np.asarray(0.25 * blurred / max(float(np.std(blurred)), 1e-6), np.float64)
    other = _colour(chance)
    grain = chance.normal(0, chance.uniform(0, 6), drawn.hidden.shape)
    return lit(drawn, colour + wave[..., None] * (other - colour) + grain[..., None], chance)


def _mask(drawn: Canvas, chance: Chance) -> Canvas:
    """A mask over mouth and nose, now and then below the nose, with its bands."""
    oval = drawn.framed(drawn.landmarks[list(_OVAL), :2])
    chin, nose = drawn.landmark(_CHIN), drawn.landmark(_NOSE)
    top = nose[1] + (chance.uniform(0.04, 0.1) if chance.random() < 0.15 else chance.uniform(-0.24, -0.06))
    side = chance.uniform(-0.02, 0.16) + top
    low = oval[oval[:, 1] > side + 0.05]
    low = low + (low - low.mean(axis=0)) * chance.uniform(-0.06, 0.1)
    if len(low) < 3:
        low = np.array([[-0.4, 0.4], [0.0, chin[1]], [0.4, 0.4]])
    bridge = np.array(
        [
            [nose[0] + 0.16, top + 0.3 * (side - top)],
            [nose[0], top],
            [nose[0] - 0.16, top + 0.3 * (side - top)],
        ]
    )
    shape = np.concatenate([low, [[low[-1, 0], side]], bridge, [[low[0, 0], side]]])
    shape = shape + chance.normal(0, 0.01, shape.shape)
    colours = [
        [150, 190, 225],
        [235, 240, 245],
        [25, 25, 30],
        [120, 180, 170],
        [215, 150, 170],
        [70, 80, 110],
    ]
    colour = (
        np.array(colours[chance.integers(len(colours))], np.float64)
        if chance.random() < 0.7
        else _colour(chance)
    )
    for end, out in ((low[0], -0.25), (low[-1], 0.25)):
        for slope in (-0.12, 0.12):
            start = end + np.array([0, slope])
            band = capsule(start, start + np.array([out, -0.2 - slope]), 0.006, 1.0)
            drawn = drawn.tinted(drawn.filled(band), np.clip(colour * 1.1, 0, 255))
    return drawn.under(drawn.filled(shape), _cloth(drawn, colour, chance))


def _hand(drawn: Canvas, chance: Chance) -> Canvas:
    """A hand of about the face's own colour over the mouth, an eye, half of the face, or beside them."""
    colour = np.clip(skin(drawn) * chance.uniform(0.75, 1.15) + chance.normal(0, 6, 3), 0, 255)
    goals = [
        [0, 0.5],
        [0, 0.5],
        [-0.22, 0],
        [0.22, 0],
        [0, 0.02],
        [-0.3, 0.35],
        [0.3, 0.35],
        [0, 0.85],
        [0.55, 0.5],
    ]
    goal = np.array(goals[chance.integers(len(goals))]) + chance.normal(0, 0.06, 2)
    size, angle = chance.uniform(0.75, 1.2), chance.uniform(-np.pi, np.pi)
    count = int(chance.choice([1, 2, 3, 4], p=[0.1, 0.1, 0.2, 0.6]))
    spread, long, thick = chance.uniform(-0.06, 0.12), chance.uniform(0.15, 0.45), 0.062
    parts = [
        capsule(
            (0, (k - (count - 1) / 2) * 2 * thick),
            (long * (1 - 0.12 * abs(k - 1)), (k - (count - 1) / 2) * 2 * (thick + spread * 0.4)),
            thick,
            0.8,
        )
        for k in range(count)
    ]
    if count > 2:
        parts.insert(0, ellipse((-0.16, 0), (0.24, 0.21), 0.0))
        parts.append(capsule((-0.2, -0.15), (0.1, -0.33 * chance.choice([-1, 1])), 0.07, 0.8))
        parts.append(capsule((-0.25, 0), (-0.9, chance.normal(0, 0.1)), 0.15, 1.1))
    shift = np.array([chance.uniform(-0.1, 0.25), 0])
    for part in parts:
        shape = ((part - shift) * size) @ turned_by(angle).T + goal
        drawn = _rounded(drawn, drawn.filled(shape), colour, chance)
    return drawn


def _rounded(drawn: Canvas, cover: Doubles, colour: Doubles, chance: Chance) -> Canvas:
    """A part of a body: darker towards its edges."""
    import cv2

    deep = cv2.distanceTransform((cover > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    deep = np.sqrt(np.clip(deep / max(0.05 * drawn.width, 1.0), 0, 1))
    edge = chance.uniform(0.45, 0.85)
    return drawn.under(cover, lit(drawn, colour * (edge + (1 - edge) * deep)[..., None], chance))


def _mug(drawn: Canvas, chance: Chance) -> Canvas:
    """A mug, a glass or a can at the mouth."""
    colour, mouth = _colour(chance), drawn.landmark(*_MOUTH)
    middle = mouth + np.array([chance.normal(0, 0.06), chance.uniform(0.1, 0.4)])
    half, tall, turn = chance.uniform(0.14, 0.34), chance.uniform(0.2, 0.45), chance.normal(0, 0.25)
    body = box(middle, (half, tall), turn)
    top = middle + np.array([0, -tall]) @ turned_by(turn).T
    drawn = drawn.under(drawn.filled(body), _cloth(drawn, colour, chance))
    drawn = drawn.under(
        drawn.filled(ellipse(top, (half, half * chance.uniform(0.1, 0.4)), turn)),
        lit(drawn, np.clip(colour * chance.uniform(0.4, 1.2), 0, 255), chance),
    )
    if chance.random() < 0.6:
        return _hand_at(drawn, middle + np.array([half * chance.choice([-1, 1]), 0]), chance)
    return drawn


def _hand_at(drawn: Canvas, middle: Doubles, chance: Chance) -> Canvas:
    """Fingers that hold something."""
    colour = np.clip(skin(drawn) * chance.uniform(0.8, 1.1), 0, 255)
    side = float(np.sign(middle[0]) or 1.0)
    for k in range(4):
        start = middle + np.array([0.12 * side, (k - 1.5) * 0.11])
        drawn = _rounded(
            drawn, drawn.filled(capsule(start, start - [0.3 * side, 0], 0.055, 0.85)), colour, chance
        )
    return drawn


def _microphone(drawn: Canvas, chance: Chance) -> Canvas:
    """A microphone before the mouth or near it."""
    mouth = drawn.landmark(*_MOUTH) + chance.normal(0, [0.12, 0.08])
    radius, turn = chance.uniform(0.07, 0.22), chance.normal(0, 0.5)
    colour = np.full(3, chance.uniform(10, 90))
    end = mouth + np.array([0, 1.0]) @ turned_by(turn).T
    stick = drawn.filled(capsule(mouth, end, radius * 0.6, 0.8))
    drawn = drawn.under(stick, lit(drawn, colour * chance.uniform(0.5, 1.3), chance))
    head = drawn.filled(ellipse(mouth, (radius, radius * chance.uniform(1, 1.4)), turn))
    return drawn.under(head, _cloth(drawn, colour, chance))


def _scarf(drawn: Canvas, chance: Chance) -> Canvas:
    """A scarf or a high collar, up to the nose or only to the chin."""
    top = drawn.landmark(*_MOUTH)[1] + chance.choice([chance.uniform(-0.3, -0.1), chance.uniform(0.2, 0.35)])
    x = np.linspace(-1, 1, 15)
    sag = chance.uniform(-0.15, 0.15)
    line = np.stack([x, top + sag * (1 - (2 * x) ** 2).clip(-1, 1) + chance.normal(0, 0.012, 15)], -1)
    shape = np.concatenate([line, [[1.0, 2.5], [-1.0, 2.5]]])
    return drawn.under(drawn.filled(shape), _cloth(drawn, _colour(chance), chance))


def _hair(drawn: Canvas, chance: Chance) -> Canvas:
    """Strands of hair from above, over the brow, an eye or half of the face."""
    side, reach = chance.choice([-1, 1]), chance.choice([-0.12, 0.1, 0.5, 0.9]) + chance.normal(0, 0.05)
    colour = np.array(
        [[25, 20, 18], [60, 40, 28], [140, 105, 65], [90, 85, 80]][chance.integers(4)], np.float64
    )
    inner = chance.uniform(-0.05, 0.3)
    count = int(chance.integers(10, 26))
    cover, tone = np.zeros_like(drawn.hidden), np.ones_like(drawn.hidden)
    for k in range(count):
        x = side * (inner + (0.6 - inner) * k / count)
        end = [x + side * chance.normal(0.03, 0.05), reach + chance.normal(0, 0.06)]
        start = (x - side * 0.1 + chance.normal(0, 0.03), -0.75)
        strand = drawn.filled(capsule(start, end, chance.uniform(0.02, 0.05), 0.3))
        tone += strand * (chance.uniform(0.6, 1.5) - tone)
        cover = np.maximum(cover, strand)
    return drawn.under(cover, lit(drawn, colour * tone[..., None], chance))


def _sunglasses(drawn: Canvas, chance: Chance) -> Canvas:
    """Dark lenses over both eyes."""
    colour, dense = np.full(3, chance.uniform(5, 60)) + chance.normal(0, 6, 3), chance.uniform(0.85, 1)
    size = np.array([chance.uniform(0.16, 0.22), chance.uniform(0.1, 0.17)])
    shape = ellipse if chance.random() < 0.5 else box
    for eye in (_RIGHT_EYE, _LEFT_EYE):
        lens = drawn.filled(shape(drawn.landmark(*eye) + _BELOW_EYE, size, 0.0))
        drawn = drawn.under(lens * dense, lit(drawn, np.clip(colour, 0, 255), chance))
    bar = capsule((-0.5, -0.03), (0.5, -0.03), 0.012, 1.0)
    return drawn.under(drawn.filled(bar), np.clip(colour, 0, 255))


def _object(drawn: Canvas, chance: Chance) -> Canvas:
    """A thing of any shape and place: a phone, a book, an arm, a post."""
    middle = np.array([chance.uniform(-0.55, 0.55), chance.uniform(-0.25, 0.85)])
    sizes = [(0.12, 0.25), (0.35, 0.28), (0.16, 1.5), (0.6, 0.18), (0.2, 0.2)]
    size = np.array(sizes[chance.integers(len(sizes))]) * chance.uniform(0.7, 1.4)
    turn = chance.choice([0.0, chance.uniform(-1.6, 1.6)])
    shape = (box if chance.random() < 0.6 else ellipse)(middle, size, turn)
    return drawn.under(drawn.filled(shape), _cloth(drawn, _colour(chance), chance))


def _half(drawn: Canvas, chance: Chance) -> Canvas:
    """Something large that hides the face from one side, from above or from below."""
    turn = chance.choice([0, np.pi, np.pi, 0, np.pi / 2, -np.pi / 2]) + chance.normal(0, 0.25)
    edge = np.array([chance.normal(0.02, 0.09), 0.0])
    shape = box((2.0 + edge[0], 0), (2.0, 4.0), 0.0) @ turned_by(turn).T + [0, 0.3]
    return drawn.under(drawn.filled(shape), _cloth(drawn, _colour(chance), chance))


def _glasses(drawn: Canvas, chance: Chance) -> Canvas:
    """Spectacles: rims round eyes that can be seen, with a reflection now and then."""
    colour = _colour(chance)
    size = np.array([chance.uniform(0.15, 0.2), chance.uniform(0.09, 0.15)])
    rim = chance.uniform(0.008, 0.025)
    for eye in (_RIGHT_EYE, _LEFT_EYE):
        middle = drawn.landmark(*eye) + _BELOW_EYE
        shape = ellipse if chance.random() < 0.5 else box
        outer, inner = (drawn.filled(shape(middle, size + more, 0.0)) for more in (rim, 0))
        drawn = drawn.tinted(np.clip(outer - inner, 0, 1), colour)
        if chance.random() < 0.3:
            glint = drawn.filled(capsule(middle - size * 0.5, middle + size * [0.1, -0.4], 0.02, 0.5))
            drawn = drawn.tinted(0.6 * glint, np.full(3, 255.0))
    bridge = drawn.filled(capsule((-0.06, -0.01), (0.06, -0.01), rim / 2, 1.0))
    return drawn.tinted(bridge, colour)


def _beard(drawn: Canvas, chance: Chance) -> Canvas:
    """A beard round a mouth that stays free."""
    import cv2

    oval = drawn.framed(drawn.landmarks[list(_OVAL[2:-2]), :2])
    mouth, nose = drawn.landmark(*_MOUTH), drawn.landmark(_NOSE)
    top = mouth[1] - chance.uniform(0.02, 0.16) * max(mouth[1] - nose[1], 0.1) / 0.2
    low = oval[oval[:, 1] > top] * [1, 1 + chance.uniform(0, 0.15)]
    if len(low) < 3:
        return drawn
    free = drawn.filled(ellipse(mouth, (0.19, chance.uniform(0.05, 0.09)), 0.0))
    sharp = np.clip(drawn.filled(low) - free, 0, 1)
    blurred = cv2.GaussianBlur(sharp, (0, 0), chance.uniform(0.01, 0.03) * drawn.width)
    where = np.asarray(blurred, np.float64)
    colour = np.array([[30, 25, 22], [70, 50, 35], [150, 145, 140]][chance.integers(3)], np.float64)
    hairs = cv2.GaussianBlur(chance.normal(0, 1, drawn.hidden.shape), (0, 0), 0.8) * chance.uniform(10, 50)
    return drawn.tinted(where * chance.uniform(0.4, 0.95), colour + hairs[..., None])


def _darkened(drawn: Canvas, chance: Chance) -> Canvas:
    """A darker skin: the face loses light, what is white in it less."""
    import cv2

    hull = cv2.convexHull(drawn.landmarks[:, :2].astype(np.float32))[:, 0]
    outline = drawn.filled(drawn.framed(np.asarray(hull, np.float64)))
    where = np.asarray(cv2.GaussianBlur(outline, (0, 0), 0.03 * drawn.width), np.float64)
    dark = drawn.picture * chance.uniform(0.3, 0.7) + chance.uniform(0, 10)
    return drawn.tinted(where, dark)


def _lamp(drawn: Canvas, chance: Chance) -> Canvas:
    """Light from one side, and little of it."""
    slope = drawn.pixels @ (turned_by(chance.uniform(0, 6.3)) @ np.array([1.0, 0.0]))
    light = chance.uniform(0.25, 0.9) / (
        1 + np.exp(chance.uniform(2, 9) * (slope - chance.uniform(-0.2, 0.3)))
    )
    lit_by = drawn.picture * (chance.uniform(0.06, 0.4) + light)[..., None]
    grain = chance.normal(0, chance.uniform(0, 5), drawn.hidden.shape)
    return drawn.tinted(np.ones(drawn.hidden.shape), np.clip(lit_by + grain[..., None], 0, 255))


def _painted(drawn: Canvas, chance: Chance) -> Canvas:
    """Lips and lids in strong colours."""
    colour = np.array([chance.uniform(20, 200), chance.uniform(0, 60), chance.uniform(0, 90)])
    half = float(np.linalg.norm(np.diff(drawn.framed(drawn.landmarks[list(_MOUTH), :2]), axis=0))) / 2
    lips = drawn.filled(ellipse(drawn.landmark(*_MOUTH), (half, 0.06), 0.0))
    drawn = drawn.tinted(lips * chance.uniform(0.2, 0.5), colour)
    for eye in (_RIGHT_EYE, _LEFT_EYE):
        lid = drawn.filled(ellipse(drawn.landmark(*eye) - [0, 0.035], (0.13, 0.045), 0.0))
        drawn = drawn.tinted(lid * chance.uniform(0, 0.6), colour * chance.uniform(0.2, 0.8))
    return drawn


def _cap(drawn: Canvas, chance: Chance) -> Canvas:
    """A cap or a hat down to the brows."""
    brim = chance.uniform(-0.5, -0.2)
    shape = np.array(
        [[-0.7, brim], [0, brim - chance.uniform(-0.05, 0.1)], [0.7, brim], [0.6, -1.2], [-0.6, -1.2]]
    )
    return drawn.under(drawn.filled(shape), _cloth(drawn, _colour(chance), chance))


Draw = Callable[[Canvas, Chance], Canvas]
COVERINGS: Mapping[str, Draw] = {
    "mask": _mask,
    "hand": _hand,
    "mug": _mug,
    "microphone": _microphone,
    "scarf": _scarf,
    "hair": _hair,
    "sunglasses": _sunglasses,
    "object": _object,
    "half": _half,
}
"""What hides a part of a face; some of it now and then only comes near."""
ADORNMENTS: Mapping[str, Draw] = {
    "glasses": _glasses,
    "beard": _beard,
    "darkened": _darkened,
    "lamp": _lamp,
    "paint": _painted,
    "cap": _cap,
}
"""What hides neither eyes nor mouth."""


def cut(drawn: Canvas, chance: Chance) -> tuple[Image, Doubles, tuple[int, int]]:
    """The picture cut off in the face, how much of each quarter is gone, and its left upper corner."""
    at = drawn.origin + drawn.width * (0.3 * drawn.down + chance.normal(0, 0.14, 2))
    height, broad = drawn.hidden.shape
    x, y = (int(np.clip(value, 8, side - 8)) for value, side in zip(at, (broad, height), strict=True))
    # From the sides most often: somebody leaves the picture.
    side = int(chance.choice([0, 0, 1, 1, 2, 3]))
    left, right, top, bottom = [
        (0, x, 0, height),
        (x, broad, 0, height),
        (0, broad, 0, y),
        (0, broad, y, height),
    ][side]
    gone = np.ones_like(drawn.hidden)
    gone[top:bottom, left:right] = 0
    shown = np.ascontiguousarray(drawn.shown()[top:bottom, left:right])
    return shown, quarters_hidden(replace(drawn, hidden=gone)), (left, top)
