"""Questions of part 6, practice: what a network sees."""

import numpy as np

from . import Question, Wrong, grid, template
from .tools import Statement, big, choose, pick

# ---------------------------------------------------------------------------- chapter 24: what a network sees


@template(24, "passes of an occlusion map")
def passes_of_an_occlusion_map(rng):
    side, patch, step = pick(rng, 32, 64, 96), pick(rng, 4, 8), pick(rng, 2, 4)
    places = (side - patch) // step + 1
    return Question(
        text=f"A grey patch of {patch}×{patch} moves over an image of {side}×{side} in steps of {step}, never over the border. How many images must the network "
             "answer for the map, the original not counted?",
        answer=places**2, why=rf"$(({side} - {patch}) / {step} + 1)^2 = {places}^2 = {big(places**2)}$.",
        wrong=[
            Wrong(places, "moves in one direction", "The patch moves down and to the side."),
            Wrong((side // patch) ** 2, "puts the patches side by side", f"The patch moves by {step}."),
            Wrong((side // step) ** 2, "lets the patch hang over the border", "The last places do not fit."),
            Wrong((side - patch + 1) ** 2, "moves by one pixel", f"The step is {step}."),
            Wrong((places - 1) ** 2, "forgets the first place", "Add 1 in each direction."),
        ],
        check=lambda: sum(1 for r in range(0, side, step) for c in range(0, side, step) if r + patch <= side and c + patch <= side))


@template(24, "weights of Grad-CAM")
def weights_of_grad_cam(rng):
    gradient = [[int(v) for v in rng.integers(-4, 9, 3)] for _ in range(2)]
    total = sum(map(sum, gradient))
    right = round(total / 6, 2)
    return Question(
        text="The gradient of a class's score with respect to one feature map of 2×3. Which weight does Grad-CAM give the map? Two decimals." + grid(gradient),
        answer=right, why=rf"The mean of the six gradients: ${total} / 6 = {right:g}$.",
        wrong=[
            Wrong(total, "adds instead of averaging", "Grad-CAM takes the mean over the places."),
            Wrong(max(map(max, gradient)), "takes the largest", "All places count alike."),
            Wrong(round(sum(max(v, 0) for row in gradient for v in row) / 6, 2), "applies the ReLU to the gradients", "The ReLU comes at the end, on the weighted sum of maps."),
            Wrong(round(sum(abs(v) for row in gradient for v in row) / 6, 2), "takes sizes", "Signs count: a map may speak against a class."),
            Wrong(round(max(total, 0) / 6 + 1, 2), "adds a bias", "There is none."),
        ],
        check=lambda: round(float(np.mean(gradient)), 2))


@template(24, "Grad-CAM at a place")
def grad_cam_at_a_place(rng):
    weights, values = [int(rng.integers(1, 5)), -int(rng.integers(1, 6)), int(rng.integers(1, 4))], [int(v) for v in rng.integers(1, 7, 3)]
    total = sum(w * v for w, v in zip(weights, values))
    return Question(
        text=f"Three feature maps have the values {values[0]}, {values[1]} and {values[2]} at a place, and their weights for a class are {weights[0]}, {weights[1]} and "
             f"{weights[2]}. What does Grad-CAM show there?".replace("-", "−"),
        answer=max(total, 0), why=f"The weighted sum is {total}".replace("-", "−") + (", and the ReLU keeps it." if total > 0 else ", and the ReLU makes it 0."),
        wrong=[
            Wrong(total if total < 0 else sum(values), "forgets the ReLU" if total < 0 else "forgets the weights", "Weighted sum first, then ReLU."),
            Wrong(sum(max(w, 0) * v for w, v in zip(weights, values)), "applies the ReLU before the sum", "Negative weights take away, then comes the ReLU."),
            Wrong(abs(total) + (total >= 0), "takes the size", "What speaks against the class is cut off, not turned round."),
            Wrong(max(w * v for w, v in zip(weights, values)), "takes the strongest map", "The maps are added up."),
            Wrong(sum(abs(w) * v for w, v in zip(weights, values)), "drops the signs", "A map may speak against a class."),
        ],
        check=lambda: int(np.maximum(np.dot(weights, values), 0)))


@template(24, "eight bits")
def eight_bits(rng):
    weights = int(rng.integers(20, 400)) * 1000
    now, then = pick(rng, (32, 8), (32, 16), (16, 8))
    right = weights * then // 8 / 1000
    return Question(
        text=f"A network has {weights:,d} weights of {now} bits. How many kilobytes (of 1,000 bytes) do they take with {then} bits each?",
        answer=right, unit="kB", why=rf"${big(weights)} \cdot {then // 8}$ bytes.",
        wrong=[
            Wrong(weights * now / 8 / 1000, "counts before the change", f"Each weight now takes {then} bits."),
            Wrong(weights * then / 1000, "takes bits for bytes", "A byte has 8 bits."),
            Wrong(weights * then / 8 / 2000, "halves once more", f"{then} bits are {then // 8} byte{'s' * (then > 8)}."),
            Wrong(weights * now / then / 1000, "divides the numbers of bits", "Multiply the weights by the bytes of one."),
            Wrong(weights * (now - then) / 8 / 1000, "counts what is saved", "The question asks what is left."),
        ],
        check=lambda: float(np.zeros(weights, f"int{then}").nbytes / 1000))


@template(24, "a step against the network")
def a_step_against_the_network(rng):
    pixel, step = int(rng.integers(8, 93)) / 100, pick(rng, 0.01, 0.02, 0.04, 0.06)
    gradient = pick(rng, -0.7, -0.03, 0.002, 0.4, 2.5)
    right = round(min(max(pixel + step * (1 if gradient > 0 else -1), 0), 1), 4)
    return Question(
        text=f"FGSM with step {step:g}: a pixel is {pixel:g} (range 0 to 1), the gradient of the loss there is {gradient:g}. What does the pixel become?".replace(" -", " −"),
        answer=right, why="Only the sign of the gradient counts: the pixel moves by the whole step, uphill in the loss.",
        wrong=[
            Wrong(round(pixel - step * (1 if gradient > 0 else -1), 4), "goes downhill", "Training goes downhill; an attack goes up."),
            Wrong(round(pixel + step * gradient, 4), "multiplies by the gradient", "The *sign* makes every pixel move by the same amount."),
            Wrong(pixel, "leaves it", "However small the gradient, its sign moves the pixel."),
            Wrong(round(pixel + gradient, 4), "adds the gradient", "Step times sign."),
        ],
        check=lambda: round(float(np.clip(pixel + step * np.sign(gradient), 0, 1)), 4))


@template(24, "which method for what", kind="choice")
def which_method_for_what(rng):
    ask, right, why = pick(rng,
        ("You suspect that a network reads a watermark in a corner. Which method shows it most directly?", "occlusion", "Cover the corner and see what the answer loses."),
        ("You want to know which input raises a filter's response, without any image given. Which method?", "gradient ascent on the input", "It starts from noise and climbs."),
        ("You want the places of the last feature maps that speak for a class, in one backward pass. Which method?", "Grad-CAM", "It weighs the maps by the mean of the class's gradients."),
        ("You want to know whether a saliency map says anything of the network at all. What do you do?", "randomise the weights", "A map that stays the same shows the image, not the network."))
    names = ["occlusion", "gradient ascent on the input", "Grad-CAM", "randomise the weights", "a larger learning rate"]
    mistakes = {"occlusion": "covers parts of an image", "gradient ascent on the input": "makes an image from noise", "Grad-CAM": "weighs the last maps",
                "randomise the weights": "tests the method itself", "a larger learning rate": "trains instead of looking"}
    return Question(text=ask, answer=right, why=why, check=lambda: {"corner": names[0], "raises": names[1], "backward": names[2], "saliency": names[3]}[
        next(word for word in ("corner", "raises", "backward", "saliency") if word in ask)],
        wrong=[Wrong(name, f"takes what {mistakes[name]}", f"That {mistakes[name]}; it does not answer this question.") for name in names if name != right])


@template(24, "seeing, a wrong sentence", kind="choice")
def seeing_a_wrong_sentence(rng):
    true = [
        Statement("A saliency map that stays alike when the weights are drawn anew says nothing of the network.", lambda: True, "Then it shows edges of the image.", "trusts pretty maps"),
        Statement("Grad-CAM is as coarse as the feature maps that it adds up.", lambda: True, "8×8 maps give an 8×8 picture, enlarged.", "takes it for sharp"),
        Statement("An adversarial step is compared with random noise of the same size.", lambda: True, "Without that control one blames any change.", "skips the control"),
        Statement("A network must be used with the pixel scale that it was trained with.", lambda: True, "A wrong scale gives no error, only wrong answers.", "forgets the scale"),
    ]
    false = [
        Statement("A network that is right for the wrong reason shows it in its test accuracy.", lambda: False, "Not while the test images hold the same watermark."),
        Statement("Occlusion needs the gradient of the network.", lambda: False, "It needs answers only."),
        Statement("Eight-bit weights make a network four times as accurate.", lambda: False, "They make it a quarter as large."),
        Statement("A large gradient at a pixel means that the pixel is bright.", lambda: False, "It means that a small change there changes the score."),
    ]
    return choose(rng, "Which sentence on looking into a network is wrong?", false, true)
