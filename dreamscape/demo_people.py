"""People of the demo's pictures: small heads, clothes in one colour, limbs with joints."""
import math

from dreamscape.demo_canvas import mix

STAND = (8, 4), (-8, -4)
HANG = (14, 4), (-14, -4)


def limb(place, angles, lengths):
    """Return the joints from a place; angles in degrees from straight down, to the right."""
    points = [place]
    for angle, length in zip(angles, lengths, strict=True):
        turn = math.radians(angle)
        points.append((points[-1][0] + math.sin(turn) * length,
                       points[-1][1] + math.cos(turn) * length))
    return points


def figure(c, x, hip, height, coat, skin="#c58a5f", hair="#2b1d18", look="short", arms=HANG,
           legs=STAND, lean=0, trousers="", coat_length=0.12, side=0, skirt=0, mood=""):
    """Draw somebody whose hips are at a place.

    arms, legs: two pairs of angles, of the right and of the left; lean: of the back, in degrees;
    look: of the hair, see HEADS; side: -1 or 1 to look left or right; skirt: its length;
    mood: see expression.
    """
    h = height
    trousers = trousers or mix(coat, c.cool, 0.62)
    neck = limb((x, hip), (180 - lean,), (h * 0.345,))[1]
    for number, angles in reversed([*enumerate(legs)]):
        off = h * (0.035 if number == 0 else -0.035) * (1 if not side else 0.5)
        joints = limb((x + off, hip), angles, (h * 0.235, h * 0.235))
        colour = trousers if number == 0 else mix(trousers, c.cool, 0.25)
        c.line(joints, h * 0.085, skin if skirt else colour, end=h * 0.05)
        toe = side or (1 if number == 0 else -1)
        c.line([joints[2], (joints[2][0] + toe * h * 0.035, joints[2][1] + h * 0.008)], h * 0.042,
               mix(c.cool, "#3a2620", 0.4))
    draw_arm(c, neck, arms[1], h, mix(coat, c.cool, 0.28), skin, -1)
    draw_coat(c, (x, hip), neck, h, coat, skirt or coat_length, bool(skirt))
    c.line([(neck[0], neck[1] - h * 0.02), limb(neck, (180 - lean,), (h * 0.05,))[1]], h * 0.05,
           mix(skin, c.cool, 0.2))
    head = limb(neck, (180 - lean * 0.6,), (h * 0.085,))[1]
    draw_head(c, head, h * 0.062, skin, hair, look, side)
    if mood:
        expression(c, *head, h * 0.058, mood)
    draw_arm(c, neck, arms[0], h, coat, skin, 1)


def draw_arm(c, neck, angles, h, colour, skin, side):
    """Draw an arm with its hand."""
    joints = limb((neck[0] + side * h * 0.075, neck[1] + h * 0.035), angles, (h * 0.17, h * 0.15))
    hand = limb(joints[2], angles[1:], (h * 0.018,))[1]
    c.oval(*hand, h * 0.026, h * 0.026, skin)
    c.line(joints, h * 0.064, colour, end=h * 0.046)


def draw_coat(c, hips, neck, h, colour, length, wide):
    """Draw a coat from the shoulders to below the hips."""
    (x, hip), flare = hips, length * (0.5 if wide else 0.22)
    c.poly([(neck[0] - h * 0.03, neck[1] - h * 0.012), (neck[0] - h * 0.092, neck[1] + h * 0.018),
            (neck[0] - h * 0.105, neck[1] + h * 0.07),
            (x * 0.6 + neck[0] * 0.4 - h * 0.082, hip - h * 0.13),
            (x - h * (0.085 + flare), hip + h * length), (x, hip + h * (length + 0.012)),
            (x + h * (0.085 + flare), hip + h * length),
            (x * 0.6 + neck[0] * 0.4 + h * 0.082, hip - h * 0.13),
            (neck[0] + h * 0.105, neck[1] + h * 0.07), (neck[0] + h * 0.092, neck[1] + h * 0.018),
            (neck[0] + h * 0.03, neck[1] - h * 0.012)], colour, shade=0.38, rim=h * 0.009)


def draw_head(c, place, size, skin, hair, look, side):
    """Draw a head with hair, and a nose if it looks to a side."""
    x, y = place
    if look in ("long", "bun", "tail"):
        HEADS[look](c, x, y, size, hair, side)
    c.oval(x, y, size * 0.86, size * 1.06, skin, shade=0.25)
    if side:
        c.oval(x + side * size * 0.86, y + size * 0.12, size * 0.17, size * 0.14, skin, shade=0)
        c.oval(x + side * size * 0.42, y, size * 0.09, size * 0.11, "#2a181a", shade=0)
    back = -side * size * 0.16
    if look != "bald":
        c.blob([(x - size * 0.92 + back, y + size * 0.1), (x - size * 0.8 + back, y - size * 0.75),
                (x + back, y - size * 1.22), (x + size * 0.8 + back, y - size * 0.75),
                (x + size * 0.92 + back, y + size * (0.1 if side <= 0 else -0.45)),
                (x + size * 0.6 + side * size * 0.1, y - size * 0.45),
                (x - size * 0.6 + side * size * 0.1, y - size * 0.45)], hair, shade=0.25,
               rim=size * 0.1)
    if look in ("hat", "beanie", "cap", "baker"):
        HEADS[look](c, x, y, size, hair, side)


def draw_long(c, x, y, size, hair, side):
    """Draw hair that falls to the shoulders."""
    x -= side * size * 0.2
    c.blob([(x - size * 0.95, y + size * 1.6), (x - size * 0.94, y - size * 0.5),
            (x, y - size * 1.2), (x + size * 0.94, y - size * 0.5), (x + size * 0.95,
                                                                    y + size * 1.6)], hair)


def draw_bun(c, x, y, size, hair, side):
    """Draw a bun."""
    c.oval(x - side * size * 0.9, y - size * (0.4 if side else 1.3), size * 0.5, size * 0.46, hair)


def draw_tail(c, x, y, size, hair, side):
    """Draw a ponytail that swings behind."""
    way = -side or 1
    c.line([(x + way * size * 0.7, y - size * 0.4), (x + way * size * 1.5, y),
            (x + way * size * 1.9, y + size * 0.8)], size * 0.55, hair, end=size * 0.15)


def draw_hat(c, x, y, size, hair, side):
    """Draw a hat with a brim."""
    c.blob([(x - size * 0.8, y - size * 0.5), (x - size * 0.66, y - size * 1.45),
            (x + size * 0.66, y - size * 1.45), (x + size * 0.8, y - size * 0.5)], "#8f5f3c")
    c.oval(x, y - size * 0.55, size * 1.6, size * 0.26, "#a8744a")


def draw_beanie(c, x, y, size, hair, side):
    """Draw a woollen hat."""
    c.blob([(x - size * 0.98, y - size * 0.3), (x - size * 0.8, y - size * 1.2),
            (x, y - size * 1.5), (x + size * 0.8, y - size * 1.2), (x + size * 0.98,
                                                                    y - size * 0.3)], "#e0b040")
    c.oval(x, y - size * 1.6, size * 0.32, size * 0.32, "#fff3dc")


def draw_cap(c, x, y, size, hair, side):
    """Draw a flat cap."""
    c.blob([(x - size, y - size * 0.45), (x - size * 0.7, y - size * 1.15), (x + size * 0.5,
            y - size * 1.2), (x + size, y - size * 0.5)], "#5d5346")
    c.oval(x + (side or 1) * size * 0.6, y - size * 0.48, size * 0.75, size * 0.17, "#4a4238")


def draw_baker(c, x, y, size, hair, side):
    """Draw a baker's hat."""
    c.ovals([(x - size * 0.6, y - size * 1.5, size * 0.6, size * 0.5),
             (x + size * 0.6, y - size * 1.5, size * 0.6, size * 0.5),
             (x, y - size * 1.75, size * 0.7, size * 0.55)], "#fffaf0")
    c.rect(x - size * 0.82, y - size * 1.35, size * 1.64, size * 0.75, "#f6eddc", size * 0.1)


HEADS = {"long": draw_long, "bun": draw_bun, "tail": draw_tail, "hat": draw_hat,
         "beanie": draw_beanie, "cap": draw_cap, "baker": draw_baker}


def person(c, x, y, height, coat, skin="#c58a5f", hair="#2b1d18", look="short", **pose):
    """Draw a person upright, their feet at a place, with a shadow."""
    c.shadow(x, y, height * 0.2)
    figure(c, x, y - height * 0.475, height, coat, skin, hair, look, **pose)


def expression(c, x, y, size, mood):
    """Draw eyes and mouth on a head that looks ahead. mood: smile, laugh, sing or asleep."""
    for side in (-1, 1):
        eye = x + side * size * 0.36
        if mood in ("laugh", "asleep"):
            way = (200, 340) if mood == "laugh" else (20, 160)
            c.arc(eye, y + size * 0.08, size * 0.17, *way, size * 0.1, "#2a181a")
        else:
            c.oval(eye, y + size * 0.02, size * 0.09, size * 0.11, "#2a181a", shade=0)
    if mood == "smile":
        c.arc(x, y + size * 0.36, size * 0.3, 25, 155, size * 0.1, "#8f3236")
    if mood == "laugh":
        c.poly([(x - size * 0.36, y + size * 0.36), (x + size * 0.36, y + size * 0.36),
                (x + size * 0.2, y + size * 0.72), (x - size * 0.2, y + size * 0.72)], "#7a2226")
        c.rect(x - size * 0.32, y + size * 0.36, size * 0.64, size * 0.12, "#fff8ee", shade=0)
    if mood == "sing":
        c.oval(x, y + size * 0.56, size * 0.19, size * 0.27, "#6b1d22", shade=0)
