"""Questions of part 6, practice: what a network sees, the capstone."""

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


# ---------------------------------------------------------------------------- chapter 25: the capstone


def work(millions, images, epochs):
    """PFLOP of a training, from million multiply-adds for one image."""
    return round(6 * millions * 1e6 * images * epochs / 1e15, 4)


@template(25, "work of a training", reads=("25-capstone", r"training, 11 epochs of 50,000 images: ([\d.]+) PFLOP"), example=lambda: round(work(118.14736, 50_000, 11), 3))
def work_of_a_training(rng):
    millions, images, epochs = int(rng.integers(20, 300)), pick(rng, 10_000, 20_000, 45_000, 50_000), int(rng.integers(5, 60))
    right = work(millions, images, epochs)
    return Question(
        text=f"A network needs {millions} million multiply-adds for one image and trains for {epochs} epochs on {images:,d} images. How many PFLOP ($10^{{15}}$ operations) are that, "
             "the backward pass included?",
        answer=right, unit="PFLOP", why=rf"$6 \cdot {millions} \cdot 10^6 \cdot {big(images)} \cdot {epochs} / 10^{{15}}$: two operations for each multiply-add, three times for forward and backward.",
        wrong=[
            Wrong(round(right / 2, 4), "counts multiply-adds", "A multiply-add is two operations."),
            Wrong(round(right / 3, 4), "forgets the backward pass", "Backward costs twice as much as forward."),
            Wrong(round(right / 6, 4), "counts multiply-adds, forward only", "Two operations each, and three times for forward and backward."),
            Wrong(round(right * 2 / 3, 4), "takes backward as dear as forward", "Backward has two convolutions for each one forward."),
            Wrong(round(right / epochs, 4), "counts one epoch", "Each epoch sees all images again."),
        ],
        check=lambda: round(sum(2 * millions * 1e6 * images * (1 + 2) for _ in range(epochs)) / 1e15, 4))


def triangle(step, steps, peak, start, top, end):
    done = step / steps
    return round(peak * min(start + (1 - start) * done / top, end + (1 - end) * (1 - done) / (1 - top)) + 1e-9, 4)  # ties go up


@template(25, "rate at a step", reads=("25-capstone", r"step  56 of 539: rate ([\d.]+)"), example=lambda: round(triangle(56, 539, 1.5, 0.2, 0.23, 0.07), 3))
def rate_at_a_step(rng):
    steps, peak, top, start, end = pick(rng, 200, 400, 500, 1_000), pick(rng, 0.5, 1, 1.5, 2), pick(rng, 0.2, 0.25, 0.4), 0.2, pick(rng, 0, 0.1)
    step = int(steps * pick(rng, top / 2, (1 + top) / 2, top + 0.1, 0.9))
    right = triangle(step, steps, peak, start, top, end)
    return Question(
        text=f"The learning rate rises in a straight line from {start * peak:g} to {peak:g} in the first {top:.0%} of {steps:,d} steps, then falls in a straight line to {end * peak:g}. What is it at step {step}?",
        answer=right, why=f"Step {step} is {step / steps:.3g} of the way; the peak lies at {top:g}. On its straight line that gives {right:g}.",
        wrong=[
            Wrong(round(peak * (1 - step / steps), 4), "falls from the first step on", "It rises first."),
            Wrong(peak, "takes the peak", "The peak is reached at one step only."),
            Wrong(triangle(step, steps, peak, 0, top, 0), "begins and ends at 0", f"It begins at {start * peak:g} and ends at {end * peak:g}."),
            Wrong(triangle(step, steps, peak, start, 0.5, end), "puts the peak in the middle", f"The peak lies at {top:.0%}."),
            Wrong(round(peak * (start + (1 - start) * step / steps), 4), "rises all the way", f"It rises for {top:.0%} of the steps."),
        ],
        check=lambda: round(float(np.interp(step, [0, top * steps, steps], [start * peak, peak, end * peak])) + 1e-9, 4))


@template(25, "smoothed target")
def smoothed_target(rng):
    classes, share = pick(rng, 4, 5, 10, 20, 100), pick(rng, 0.1, 0.2, 0.3)
    right = round(1 - share + share / classes, 4)
    return Question(
        text=f"Label smoothing takes a share of {share:g} from the target and spreads it evenly over all {classes} classes. What is the target of the right class?",
        answer=right, why=rf"$1 - {share:g} + {share:g} / {classes} = {right:g}$: the right class gets its part of what is spread.",
        wrong=[
            Wrong(round(1 - share, 4), "gives the right class nothing back", "It is spread over all classes, the right one among them."),
            Wrong(round(share / classes, 4), "takes the target of a wrong class", "The right class keeps most."),
            Wrong(1, "smooths nothing", f"A share of {share:g} is taken away."),
            Wrong(round(1 - share / classes, 4), "takes away one class's part only", f"The whole share of {share:g} is taken away first."),
        ],
        check=lambda: round(float(((1 - share) * np.eye(classes) + share / classes)[0, 0]), 4))


@template(25, "a bias in another measure")
def a_bias_in_another_measure(rng):
    part, rate, gradient = pick(rng, 2, 4, 5, 8, 10), pick(rng, 0.01, 0.02, 0.1), pick(rng, 0.5, 1, 2)
    right = round(part**2 * rate * gradient, 4)
    return Question(
        text=f"A layer stores $s = b/{part}$ and adds ${part} s$. The gradient of the loss with respect to the bias $b$ is {gradient:g}. By how much does one step of SGD with the rate {rate:g} change $b$? (The size.)",
        answer=right, why=rf"The gradient for $s$ is ${part} \cdot {gradient:g}$, the step of $s$ is ${rate:g}$ times that, and $b$ moves ${part}$ times as far: ${part}^2 \cdot {rate:g} \cdot {gradient:g}$.",
        wrong=[
            Wrong(round(part * rate * gradient, 4), "counts the factor once", "It counts in the gradient and in the step."),
            Wrong(round(rate * gradient, 4), "takes an ordinary bias", "The trick makes it faster."),
            Wrong(round(rate * gradient / part, 4), "divides", f"$s$ is small, but it is multiplied by {part}."),
            Wrong(round(2 * part * rate * gradient, 4), "doubles instead of squaring", f"{part} times {part}, not 2 times {part}."),
        ],
        check=lambda: round(part * abs(rate * (gradient * part)), 4))


@template(25, "mixed with the slow copy")
def mixed_with_the_slow_copy(rng):
    slow, fast, share = int(rng.integers(-20, 20)) / 10, int(rng.integers(-20, 20)) / 10, pick(rng, 0.1, 0.25, 0.4, 0.75, 0.8)
    right = round(share * slow + (1 - share) * fast, 4)
    return Question(
        text=f"Lookahead: a weight stands at {fast:g}, its slow copy at {slow:g}. They are mixed, and the share {share:g} of the slow copy stays. Where does the weight stand then?".replace("-", "−"),
        answer=right, why=rf"${share:g} \cdot ({slow:g}) + {1 - share:g} \cdot ({fast:g}) = {right:g}$. The slow copy stands there, too.",
        wrong=[
            Wrong(round((1 - share) * slow + share * fast, 4), "swaps the shares", "The share belongs to the slow copy."),
            Wrong(fast, "leaves the weight where it is", "Both become the mixture."),
            Wrong(slow, "sets the weight to the slow copy", "Only a part of the slow copy stays."),
            Wrong(round((slow + fast) / 2, 4), "takes the mean", "The shares are not equal."),
            Wrong(round(fast + share * slow, 4), "adds without taking away", "The two shares add up to 1."),
        ],
        check=lambda: round(fast + share * (slow - fast), 4))


@template(25, "divided by a temperature", kind="choice")
def divided_by_a_temperature(rng):
    sure, right_share = int(rng.integers(55, 96)), int(rng.integers(55, 96))
    name = "below 1" if right_share > sure + 3 else "above 1" if sure > right_share + 3 else "close to 1"
    options = {"below 1": ("makes answers surer where they should be less sure", "A temperature below 1 makes answers surer."),
               "above 1": ("makes answers less sure where they should be surer", "A temperature above 1 makes answers less sure."),
               "close to 1": ("sees no difference", "Compare how sure it is with how often it is right."),
               "0": ("divides by 0", "Scores divided by 0 have no softmax.")}
    return Question(
        text=f"On held-out images a network is sure of {sure} % on average and right for {right_share} %. Which temperature, by which its scores are divided before the softmax, does it need?",
        answer=name, why="Divided by less than 1 the scores lie further apart, and the answers become surer; divided by more than 1, less sure.",
        wrong=[Wrong(value, mistake, why) for value, (mistake, why) in options.items() if value != name],
        check=lambda: min(("below 1", "close to 1", "above 1"), key=lambda n: (abs(np.sign(right_share - sure) * (abs(right_share - sure) > 3) - {"below 1": 1, "close to 1": 0, "above 1": -1}[n]))))


@template(25, "capstone, a wrong sentence", kind="choice")
def capstone_a_wrong_sentence(rng):
    true = [
        Statement("Whitened patches have the identity as their covariance.", lambda: True, "That is what whitening means.", "forgets what whitening does"),
        Statement("With an identity start a convolution from 64 to 64 channels hands on its input.", lambda: True, "Each filter has a single 1, in its centre.", "takes identity for zeros"),
        Statement("The number of operations of a training does not depend on the machine.", lambda: True, "Seconds do.", "takes work for time"),
        Statement("Mirrored by turns, each image is seen from both sides within two epochs.", lambda: True, "A coin thrown anew shows half of them the same side twice.", "takes turns for coins"),
        Statement("A gradient twice as long gives a kernel the same step of Muon.", lambda: True, "All directions of its step are about as long as 1, whatever they were.", "takes Muon for SGD"),
        Statement("The temperature changes how sure the answers are, and no answer.", lambda: True, "The largest score stays the largest.", "thinks a temperature changes the answer"),
    ]
    false = [
        Statement("Six views of a test image cost as much as one.", lambda: False, "Six answers cost six times as much."),
        Statement("The temperature should be found on the test images.", lambda: False, "They judge the choice, so they may not make it."),
        Statement("A gain of 0.2 points with one seed shows that an ingredient helps.", lambda: False, "Seeds alone differ by that much."),
        Statement("A network with 94 % on clean test images has 94 % on blurred ones.", lambda: False, "The test says nothing of images that it does not have."),
        Statement("A fast bias shrinks 64 times as fast by weight decay.", lambda: False, "Stored and used bias shrink by the same share."),
    ]
    return choose(rng, "Which sentence on a training for little work is wrong?", false, true)
