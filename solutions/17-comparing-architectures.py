"""Hidden checks of exercise 17: comparing architectures."""

import statistics

import numpy as np

from course.grading.tasks import Task

imagenet_errors = Task("imagenet_errors", points=2)


@imagenet_errors.cases
def _(rng):
    """Small whole numbers, and 1, 2, 4 or 8 crops, so that there are many ties and means are exact; one crop, one image, few classes."""
    sizes = [(40, 4, 10), (60, 1, 12), (1, 2, 7), (30, 2, 3), (25, 8, 20), (20, 2, 5), (24, 1, 6)]
    draw = []
    for images, crops, classes in sizes:
        labels = rng.integers(0, classes, images)
        scores = rng.integers(-9, 9, (images, crops, classes)).astype(float)
        scores[np.arange(images), :, labels] += 4  # the network has learned something
        draw.append((scores, labels))
    return [*draw, (np.zeros((6, 2, 8)), rng.integers(0, 8, 6)), (rng.integers(0, 2, (50, 1, 9)), rng.integers(0, 9, 50))]


def _errors(scores, labels, ties=True, reduce=np.mean, five=5, one=1):
    """Both errors; the options are mistakes, or none."""
    mean = reduce(scores, axis=1)
    own = mean[np.arange(len(labels)), labels][:, None]
    ahead = (mean >= own).sum(axis=1) - 1 if ties else (mean > own).sum(axis=1)
    return np.mean(ahead >= one), np.mean(ahead >= five)


@imagenet_errors.right("image by image, sums for averages")
def _(scores, labels):
    wrong = [0, 0]
    for image, label in zip(scores, labels):
        total = [sum(float(crop[c]) for crop in image) for c in range(scores.shape[2])]
        better = sum(t >= total[label] for c, t in enumerate(total) if c != label)
        wrong = [wrong[0] + (better > 0), wrong[1] + (better > 4)]
    return [w / len(labels) for w in wrong]


@imagenet_errors.right("sorted with the right class last among equals")
def _(scores, labels):
    mean = scores.astype("float32").mean(1)
    right = np.eye(mean.shape[1])[labels]
    places = np.lexsort((right, -mean), axis=-1)  # by score, then the right class behind
    place = np.argmax(places == labels[:, None], axis=1)
    return np.float32((place > 0).mean()), np.float32((place > 4).mean())


@imagenet_errors.wrong("ties count for the network")
def _(scores, labels):
    return _errors(scores, labels, ties=False)


@imagenet_errors.wrong("argsort, ties by chance")
def _(scores, labels):
    order = np.argsort(-scores.mean(axis=1), axis=1, kind="stable")
    return [np.mean([label not in row[:k] for row, label in zip(order, labels)]) for k in (1, 5)]


@imagenet_errors.wrong("argsort backwards, ties by chance")
def _(scores, labels):
    order = np.argsort(scores.mean(axis=1), axis=1)[:, ::-1]
    return [np.mean([label not in row[:k] for row, label in zip(order, labels)]) for k in (1, 5)]


@imagenet_errors.wrong("the five smallest")
def _(scores, labels):
    return _errors(-scores, labels)


@imagenet_errors.wrong("the first crop only")
def _(scores, labels):
    return _errors(scores[:, :1], labels)


@imagenet_errors.wrong("the largest score of all crops")
def _(scores, labels):
    return _errors(scores, labels, reduce=np.max)


@imagenet_errors.wrong("each crop as an image")
def _(scores, labels):
    images, crops, classes = scores.shape
    return _errors(scores.reshape(-1, 1, classes), np.repeat(labels, crops))


@imagenet_errors.wrong("accuracies for errors")
def _(scores, labels):
    one, five = _errors(scores, labels)
    return 1 - one, 1 - five


@imagenet_errors.wrong("in percent")
def _(scores, labels):
    one, five = _errors(scores, labels)
    return 100 * one, 100 * five


@imagenet_errors.wrong("top-4 for top-5")
def _(scores, labels):
    return _errors(scores, labels, five=4)


@imagenet_errors.wrong("top-6 for top-5")
def _(scores, labels):
    return _errors(scores, labels, five=6)


@imagenet_errors.wrong("labels from 1")
def _(scores, labels):
    return _errors(scores, labels - 1)


@imagenet_errors.wrong("the number of errors")
def _(scores, labels):
    one, five = _errors(scores, labels)
    return one * len(labels), five * len(labels)


@imagenet_errors.wrong("the two errors swapped")
def _(scores, labels):
    return _errors(scores, labels)[::-1]


accuracy_cost_front = Task("accuracy_cost_front", points=2)


@accuracy_cost_front.cases
def _(rng):
    """One network, twins on the front and below it, equal costs, equal accuracies, and tables in any order."""
    fixed = [[("one", 3, 70.5)], [("a", 3, 70), ("b", 3, 72), ("c", 5, 72), ("d", 5, 71), ("e", 9, 80)],
             [("p", 4, 60), ("q", 1, 20), ("r", 4, 60), ("s", 6, 60), ("t", 1, 20), ("u", 6, 60)],
             [("low", 1, 90), ("mid", 2, 80), ("high", 3, 70)], [("z", 9, 9), ("y", 8, 8.5), ("x", 7, 8), ("w", 6, 7.5)],
             [("v", 2, 40.0), ("first", 1, 30), ("twin", 1, 30), ("behind", 1, 29)]]
    draw = []
    for count in (6, 12, 25):
        cost, accuracy = rng.permutation(count * 3)[:count] + 2, rng.integers(50, 90, count)
        draw.append([(f"net {i}", int(c), float(a) + i / 1000) for i, (c, a) in enumerate(zip(cost, accuracy))])
    costs = rng.integers(1, 6, 14)
    draw.append([(f"n{i}", int(c), int(3 * c + rng.integers(1, 5))) for i, c in enumerate(costs)])
    return [(table,) for table in fixed + draw]


def _beats(one, other):
    return one[1] <= other[1] and one[2] >= other[2] and tuple(one[1:]) != tuple(other[1:])


def _front(table, beats=_beats, key=lambda row: row[1], density=lambda row: row[2] / row[1]):
    """Front and densest; the options are mistakes, or none."""
    front = [row for row in table if not any(beats(other, row) for other in table)]
    return {"front": [row[0] for row in sorted(front, key=key)], "densest": max(table, key=density)[0]}


@accuracy_cost_front.right("by definition")
def _(table):
    return _front(table)


@accuracy_cost_front.right("one walk from cheap to dear")
def _(table):
    front, best, densest = [], None, table[0]
    for name, cost, accuracy in sorted(table, key=lambda row: (row[1], -row[2])):
        if best is None or accuracy > best[1] or (cost, accuracy) == best:
            front.append(name)
            best = cost, accuracy
    for row in table[1:]:
        if row[2] * densest[1] > densest[2] * row[1]:
            densest = row
    return {"densest": densest[0], "front": front}


@accuracy_cost_front.wrong("beaten only by the strictly better")
def _(table):
    return _front(table, beats=lambda one, other: one[1] < other[1] and one[2] > other[2])


@accuracy_cost_front.wrong("twins beat each other")
def _(table):
    return _front(table, beats=lambda one, other: one[0] != other[0] and one[1] <= other[1] and one[2] >= other[2])


@accuracy_cost_front.wrong("only the first of twins")
def _(table):
    answer, seen, front = _front(table), set(), []
    numbers = {row[0]: tuple(row[1:]) for row in table}
    for name in answer["front"]:
        if numbers[name] not in seen:
            front.append(name)
        seen.add(numbers[name])
    return {**answer, "front": front}


@accuracy_cost_front.wrong("large costs are good")
def _(table):
    return _front(table, beats=lambda one, other: _beats((0, -one[1], one[2]), (0, -other[1], other[2])))


@accuracy_cost_front.wrong("better in one is enough")
def _(table):
    return _front(table, beats=lambda one, other: one[1] < other[1] or one[2] > other[2])


@accuracy_cost_front.wrong("the dearest first")
def _(table):
    return _front(table, key=lambda row: -row[1])


@accuracy_cost_front.wrong("in the order of the table")
def _(table):
    return _front(table, key=lambda row: 0)


@accuracy_cost_front.wrong("in the order of the names")
def _(table):
    return _front(table, key=lambda row: row[0])


@accuracy_cost_front.wrong("cost divided by accuracy")
def _(table):
    return _front(table, density=lambda row: row[1] / row[2])


@accuracy_cost_front.wrong("the most accurate as the densest")
def _(table):
    return _front(table, density=lambda row: row[2])


@accuracy_cost_front.wrong("the cheapest as the densest")
def _(table):
    return _front(table, density=lambda row: -row[1])


@accuracy_cost_front.wrong("the densest rounded down")
def _(table):
    return _front(table, density=lambda row: row[2] // row[1])


compare_runs = Task("compare_runs", points=2)


def _distance(first, second, ddof=1, root=True, pooled=False, per_run=True, paired=False):
    """Distance of two lists of runs; the options are mistakes, or none."""
    n = [len(first), len(second)]
    v = [np.var(first, ddof=ddof), np.var(second, ddof=ddof)]
    if paired:
        short = min(n)
        gap = np.subtract(first[:short], second[:short])
        return gap.mean() / (gap.std(ddof=1) / np.sqrt(short))
    if pooled:
        v = [((n[0] - 1) * v[0] + (n[1] - 1) * v[1]) / (n[0] + n[1] - 2)] * 2
    error = v[0] / n[0] + v[1] / n[1] if per_run else v[0] + v[1]
    return (np.mean(first) - np.mean(second)) / (np.sqrt(error) if root else error)


@compare_runs.cases
def _(rng):
    """All four verdicts, unequal numbers of runs, one run on either side or both; no distance next to 2."""
    cases = [([75.0], [74.0, 73.0, 74.5]), ([70.0, 71.0], [69.0]), ([80.0], [81.0]), ([70, 72, 74], [71, 72, 73, 74]),
             ([71, 73, 72], [70.4, 71.6])]  # the last has the distance 1.2
    for n1, n2, gap, spread in [(3, 3, 3, (0.5, 0.5)), (5, 3, -3, (1, 0.4)), (4, 9, 0.1, (1, 2)), (2, 8, 2, (0.3, 1)),
                                (10, 3, 0.9, (0.6, 0.3)), (5, 5, -1.4, (1, 1)), (3, 12, -0.8, (0.3, 1.2)),
                                (6, 2, 0.0, (1, 1))]:
        while True:
            first, second = rng.normal(75 + gap, spread[0], n1), rng.normal(75, spread[1], n2)
            if abs(abs(_distance(first, second)) - 2) > 0.05:
                break
        cases.append((first.tolist(), second.tolist()))
    return cases


def _compare(first, second, limit=2, one="unknown", means=np.mean, size=False, **mistakes):
    """The whole answer; the options are mistakes, or none."""
    answer = {"means": [means(first), means(second)], "distance": 0.0, "verdict": one}
    if min(len(first), len(second)) > 1:
        distance = _distance(first, second, **mistakes)
        distance = abs(distance) if size else distance
        answer["distance"] = distance
        answer["verdict"] = "first" if distance > limit else "second" if distance < -limit else "noise"
    return answer


@compare_runs.right("the statistics module")
def _(first, second):
    means = statistics.fmean(first), statistics.fmean(second)
    if len(first) == 1 or len(second) == 1:
        return {"means": means, "distance": 0, "verdict": "unknown"}
    error = statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    distance = (means[0] - means[1]) / error**0.5
    word = "noise" if abs(distance) <= 2 else ("second", "first")[distance > 0]
    return {"verdict": word, "distance": distance, "means": means}


@compare_runs.right("arrays and Welch's test of scipy")
def _(first, second):
    from scipy import stats

    if min(map(len, (first, second))) < 2:
        return {"means": np.array([np.mean(first), np.mean(second)]), "distance": 0.0, "verdict": "unknown"}
    distance = stats.ttest_ind(first, second, equal_var=False).statistic
    word = "first" if distance > 2 else "second" if distance < -2 else "noise"
    return {"means": np.array([np.mean(first), np.mean(second)]), "distance": distance, "verdict": word}


@compare_runs.wrong("divided by the runs in the variance")
def _(first, second):
    return _compare(first, second, ddof=0)


@compare_runs.wrong("the spread of a run for that of the mean")
def _(first, second):
    return _compare(first, second, per_run=False)


@compare_runs.wrong("no root")
def _(first, second):
    return _compare(first, second, root=False)


@compare_runs.wrong("one common variance")
def _(first, second):
    return _compare(first, second, pooled=True)


@compare_runs.wrong("run against run")
def _(first, second):
    return _compare(first, second, paired=True)


@compare_runs.wrong("the better mean wins")
def _(first, second):
    return _compare(first, second, limit=0)


@compare_runs.wrong("a limit of 1")
def _(first, second):
    return _compare(first, second, limit=1)


@compare_runs.wrong("the sign forgotten")
def _(first, second):
    return _compare(first, second, size=True)


@compare_runs.wrong("a single run is noise")
def _(first, second):
    return _compare(first, second, one="noise")


@compare_runs.wrong("medians")
def _(first, second):
    return _compare(first, second, means=np.median)


@compare_runs.wrong("the best runs compared")
def _(first, second):
    answer = _compare(first, second)
    return {**answer, "verdict": "first" if max(first) > max(second) else "second"}


@compare_runs.wrong("the verdicts swapped")
def _(first, second):
    answer = _compare(first, second)
    return {**answer, "verdict": {"first": "second", "second": "first"}.get(answer["verdict"], answer["verdict"])}


median_gpu_time = Task("median_gpu_time", points=2)


@median_gpu_time.cases
def _(rng):
    """Work for each image, launch, earlier work, images to warm up and images to time."""
    cases = [([7.0], 0.1, 0.0, 0, 1), ([5.0, 3.0], 0.2, 90.0, 0, 2), ([400.0, 30.0, 6.0, 5.0, 80.0, 4.0], 0.3, 0.0, 2, 4)]
    for warm_up, repeats, busy in [(0, 5, 60.0), (1, 4, 0.0), (3, 7, 35.0), (5, 3, 10.0), (2, 1, 25.0), (0, 8, 0.0)]:
        work = [*rng.uniform(40, 300, warm_up), *rng.uniform(2, 12, repeats)]
        if repeats > 4:
            work[warm_up + 1] *= 20  # one disturbed measurement
        cases.append(([float(w) for w in work], float(rng.uniform(0.05, 0.5)), busy, warm_up, repeats))
    return cases


@median_gpu_time.probe
def _(function, cases, seed):
    class Device:
        def __init__(self, work, launch, busy):
            self.work, self.launch, self.now, self.free_at = list(work), launch, 0.0, busy

        def run(self):
            self.now += self.launch
            self.free_at = max(self.free_at, self.now) + self.work.pop(0)

        def wait(self):
            self.now = max(self.now, self.free_at)

        def clock(self):
            return self.now

    def ask(work, launch, busy, warm_up, repeats):
        return function(Device(work, launch, busy), warm_up, repeats)

    return call(ask, cases, seed)  # noqa: F821 - there when the probe runs


def _times(device, count):
    """Time of each image, handed over to an idle device."""
    times = []
    for _ in range(count):
        device.wait()
        start = device.clock()
        device.run()
        device.wait()
        times.append(device.clock() - start)
    return times


@median_gpu_time.right("warm-up first, waits on both sides")
def _(device, warm_up, repeats):
    for _ in range(warm_up):
        device.run()
    times = sorted(_times(device, repeats))
    return (times[(repeats - 1) // 2] + times[repeats // 2]) / 2


@median_gpu_time.right("differences of the clock, in an array")
def _(device, warm_up, repeats):
    device.wait()
    ends = [device.clock()]
    for _ in range(warm_up + repeats):
        device.run()
        device.wait()
        ends.append(device.clock())
    return np.median(np.diff(ends)[warm_up:])


@median_gpu_time.wrong("waits when all images are handed over")
def _(device, warm_up, repeats):
    device.wait()
    times = []
    for _ in range(warm_up + repeats):
        start = device.clock()
        device.run()
        times.append(device.clock() - start)
    device.wait()
    return np.median(times[warm_up:])


@median_gpu_time.wrong("waits after the clock was read")
def _(device, warm_up, repeats):
    device.wait()
    times = []
    for _ in range(warm_up + repeats):
        start = device.clock()
        device.run()
        times.append(device.clock() - start)
        device.wait()
    return np.median(times[warm_up:])


@median_gpu_time.wrong("waits between launch and start")
def _(device, warm_up, repeats):
    device.wait()
    times = []
    for _ in range(warm_up + repeats):
        device.run()
        start = device.clock()
        device.wait()
        times.append(device.clock() - start)
    return np.median(times[warm_up:])


@median_gpu_time.wrong("earlier work counted")
def _(device, warm_up, repeats):
    times = []
    for _ in range(warm_up + repeats):
        start = device.clock()
        device.run()
        device.wait()
        times.append(device.clock() - start)
    return np.median(times[warm_up:])


@median_gpu_time.wrong("does not wait for the warm-up")
def _(device, warm_up, repeats):
    device.wait()
    for _ in range(warm_up):
        device.run()
    times = []
    for _ in range(repeats):
        start = device.clock()
        device.run()
        device.wait()
        times.append(device.clock() - start)
    return np.median(times)


@median_gpu_time.wrong("all together, divided")
def _(device, warm_up, repeats):
    _times(device, warm_up)
    device.wait()
    start = device.clock()
    for _ in range(repeats):
        device.run()
    device.wait()
    return (device.clock() - start) / repeats


@median_gpu_time.wrong("the mean")
def _(device, warm_up, repeats):
    return np.mean(_times(device, warm_up + repeats)[warm_up:])


@median_gpu_time.wrong("the fastest")
def _(device, warm_up, repeats):
    return min(_times(device, warm_up + repeats))


@median_gpu_time.wrong("the warm-up counted")
def _(device, warm_up, repeats):
    return np.median(_times(device, warm_up + repeats))


@median_gpu_time.wrong("one image to warm up, always")
def _(device, warm_up, repeats):
    times = _times(device, warm_up + repeats)
    return np.median(times[1:] or times)


@median_gpu_time.wrong("no warm-up")
def _(device, warm_up, repeats):
    return np.median(_times(device, repeats))


@median_gpu_time.wrong("the upper one of two in the middle")
def _(device, warm_up, repeats):
    return sorted(_times(device, warm_up + repeats)[warm_up:])[repeats // 2]


@median_gpu_time.wrong("sorted before the warm-up is dropped")
def _(device, warm_up, repeats):
    return np.median(sorted(_times(device, warm_up + repeats))[warm_up:])


@median_gpu_time.wrong("one image more")
def _(device, warm_up, repeats):
    return np.median(_times(device, warm_up + repeats + 1)[warm_up:-1])


recommend_network = Task("recommend_network", points=2)


@recommend_network.cases
def _(rng):
    """Exactly at a limit and just beyond, ties, all types, and no network that fits."""
    million = 10**6
    table = [("large", 60 * million, 11_000, "MAC", 78.0), ("middle", 25 * million, 8_000, "FLOP", 76.0),
             ("deep", 8 * million, 2_900, "MAC", 75.0), ("twin", 8 * million, 5_600, "FLOP", 75.0),
             ("small", 4 * million, 1_100, "FLOP", 70.0), ("tiny", million, 300, "MAC", 60.0)]
    cases = [(table, kind, room, work) for kind, room, work in [
        ("float32", 100, 4_000), ("float32", 99.9, 4_000), ("float32", 100, 3_999), ("float16", 16, 10_000),
        ("int8", 8, 10_000), ("int8", 60, 11_000), ("int8", 60, 10_999), ("float32", 16, 550), ("float32", 16, 549),
        ("float32", 3.9, 10_000),
        ("float16", 2, 299), ("float32", 33, 2_800), ("float16", 50, 6_000), ("float32", 250, 20_000), ("int8", 30, 3_000),
        ("float32", 104, 4_000), ("float32", 239.9, 20_000), ("float16", 15.9, 10_000)]]
    cases += [(table[::-1], "float16", 16, 10_000), ([], "int8", 1, 1)]
    for kind in ("float32", "float16", "int8"):
        drawn = [(f"net {i}", int(rng.integers(1, 60)) * million, int(rng.integers(3, 90)) * 200, ("MAC", "FLOP")[i % 2],
                  float(rng.integers(600, 800)) / 10 + i / 1000) for i in range(15)]
        cases.append((drawn, kind, float(rng.integers(30, 90)), int(rng.integers(3000, 9000))))
    return cases


def _recommend(table, dtype, megabytes, multiply_adds, flop=0.5, mac=1.0, sizes=(4, 2, 1), mega=1e6, beyond=False, tie=-1,
               none=None, key=None, both=all):
    """The answer; the options are mistakes, or none."""
    size = dict(zip(("float32", "float16", "int8"), sizes))[dtype]
    fits = []
    for name, parameters, operations, unit, accuracy in table:
        macs, room = operations * (flop if unit == "FLOP" else mac), parameters * size / mega
        if both([room < megabytes, macs < multiply_adds] if beyond else [room <= megabytes, macs <= multiply_adds]):
            fits.append(((accuracy, tie * macs) if key is None else key(accuracy, parameters, macs), name))
    return max(fits)[1] if fits else none


@recommend_network.right("by definition")
def _(*case):
    return _recommend(*case)


@recommend_network.right("itemsize, sorted")
def _(table, dtype, megabytes, multiply_adds):
    def macs(row):
        return row[2] if row[3] == "MAC" else row[2] / 2

    rows = [row for row in table if row[1] * np.dtype(dtype).itemsize <= megabytes * 10**6 and macs(row) <= multiply_adds]
    rows.sort(key=lambda row: (-row[4], macs(row)))
    return next((row[0] for row in rows), None)


@recommend_network.wrong("the unit ignored")
def _(*case):
    return _recommend(*case, flop=1)


@recommend_network.wrong("doubled instead of halved")
def _(*case):
    return _recommend(*case, flop=2)


@recommend_network.wrong("multiply-adds doubled, FLOPs as they are")
def _(*case):
    return _recommend(*case, flop=1, mac=2)


@recommend_network.wrong("multiply-adds halved, too")
def _(*case):
    return _recommend(*case, mac=0.5)


@recommend_network.wrong("float32 always")
def _(*case):
    return _recommend(*case, sizes=(4, 4, 4))


@recommend_network.wrong("a byte for a parameter")
def _(*case):
    return _recommend(*case, sizes=(1, 1, 1))


@recommend_network.wrong("bits for bytes")
def _(*case):
    return _recommend(*case, sizes=(32, 16, 8))


@recommend_network.wrong("a MB of 2 to the 20 bytes")
def _(*case):
    return _recommend(*case, mega=2**20)


@recommend_network.wrong("at the limit is too much")
def _(*case):
    return _recommend(*case, beyond=True)


@recommend_network.wrong("one of the limits is enough")
def _(*case):
    return _recommend(*case, both=any)


@recommend_network.wrong("more multiply-adds among equals")
def _(*case):
    return _recommend(*case, tie=1)


@recommend_network.wrong("operations without their unit among equals")
def _(table, dtype, megabytes, multiply_adds):
    rows = [row for row in table if _recommend([row], dtype, megabytes, multiply_adds)]
    return max(rows, key=lambda row: (row[4], -row[2]))[0] if rows else None


@recommend_network.wrong("the cheapest that fits")
def _(*case):
    return _recommend(*case, key=lambda accuracy, parameters, macs: -macs)


@recommend_network.wrong("the densest that fits")
def _(*case):
    return _recommend(*case, key=lambda accuracy, parameters, macs: accuracy / parameters)


@recommend_network.wrong("a text where none fits")
def _(*case):
    return _recommend(*case, none="None")


what_predicts_time = Task("what_predicts_time", points=1)


def _ranks(values):
    return [sorted(values).index(v) for v in values]


def _spearman(a, b, rank=_ranks):
    return float(np.corrcoef(rank(list(a)), rank(list(b)))[0, 1])


@what_predicts_time.cases
def _(rng):
    """All three words, curved dependences, backwards, equal orders. Else no correlation next to 0.5 or to the other."""
    def noisy(times, noise):
        return np.exp(np.log(times) * rng.uniform(1, 3) + rng.normal(0, noise, len(times)))

    cases = []
    for count, first, second, sign in [(8, 3, 0.3, 1), (9, 0.3, 3, 1), (12, 0.8, 0.3, 1), (12, 0.2, 0.9, 1),
                                       (10, 0.5, 0.2, -1), (6, 0.1, 5, 1), (20, 1, 1, 1), (7, 4, 4, 1), (15, 0.7, 0.7, 1)]:
        while True:
            times = np.exp(rng.normal(2, 1, count))
            parameters, work = noisy(times, first) ** sign, noisy(times, second) ** sign
            both = _spearman(parameters, times), _spearman(work, times)
            if abs(both[0] - both[1]) > 0.02 and abs(max(both) - 0.5) > 0.02:
                break
        cases.append((parameters, work, times))
    times = np.array([30, 10, 40, 20])
    medium = np.array([2, 1, 9, 4, 7]), np.array([5, 4, 3, 2, 1]), np.array([1, 2, 3, 4, 5])  # correlations 0.6 and -1
    return [*cases, (times**2, times + 5, times), (times**2, times**3, times[::-1]), medium]


def _told(parameters, work, times, correlate=_spearman, limit=0.5, size=False, swap=False):
    """The answer; the options are mistakes, or none."""
    a, b = correlate(parameters, times), correlate(work, times)
    x, y = (abs(a), abs(b)) if size else (a, b)
    word = "neither" if max(x, y) < limit or abs(x - y) < 1e-9 else "parameters" if x > y else "multiply-adds"
    return {"parameters": b if swap else a, "multiply-adds": a if swap else b, "better": word}


@what_predicts_time.right("scipy")
def _(parameters, multiply_adds, times):
    from scipy import stats

    a, b = (stats.spearmanr(x, times).statistic for x in (parameters, multiply_adds))
    word = "neither" if (a < 0.5 and b < 0.5) or np.isclose(a, b) else "parameters" if a > b else "multiply-adds"
    return {"parameters": a, "multiply-adds": b, "better": word}


@what_predicts_time.right("the formula with squared differences of ranks from 1")
def _(*case):
    def correlate(a, b):
        n = len(a)
        ranks = [{v: i + 1 for i, v in enumerate(sorted(x))} for x in (a, b)]
        return 1 - 6 * sum((ranks[0][u] - ranks[1][v]) ** 2 for u, v in zip(a, b)) / (n**3 - n)

    return _told(*case, correlate)


@what_predicts_time.wrong("correlation of the values")
def _(*case):
    return _told(*case, lambda a, b: np.corrcoef(a, b)[0, 1])


@what_predicts_time.wrong("correlation of the logarithms")
def _(*case):
    return _told(*case, lambda a, b: np.corrcoef(np.log(a), np.log(b))[0, 1])


@what_predicts_time.wrong("argsort once")
def _(*case):
    return _told(*case, lambda a, b: np.corrcoef(np.argsort(a), np.argsort(b))[0, 1])


@what_predicts_time.wrong("values sorted")
def _(*case):
    return _told(*case, lambda a, b: np.corrcoef(np.sort(a), np.sort(b))[0, 1])


@what_predicts_time.wrong("only the times ranked")
def _(*case):
    return _told(*case, lambda a, b: np.corrcoef(a, _ranks(list(b)))[0, 1])


@what_predicts_time.wrong("squared")
def _(*case):
    return _told(*case, lambda a, b: _spearman(a, b) ** 2)


@what_predicts_time.wrong("without its sign")
def _(*case):
    return _told(*case, size=True)


@what_predicts_time.wrong("no limit")
def _(*case):
    return _told(*case, limit=-2)


@what_predicts_time.wrong("a limit of 0.9")
def _(*case):
    return _told(*case, limit=0.9)


@what_predicts_time.wrong("the two correlations swapped")
def _(*case):
    return _told(*case, swap=True)


@what_predicts_time.wrong("the words swapped")
def _(*case):
    answer = _told(*case)
    swapped = {"parameters": "multiply-adds", "multiply-adds": "parameters", "neither": "neither"}
    return {**answer, "better": swapped[answer["better"]]}


@what_predicts_time.wrong("multiply-adds when both are equal")
def _(*case):
    answer = _told(*case)
    larger = answer["multiply-adds"] >= max(answer["parameters"], 0.5)
    return {**answer, "better": "multiply-adds" if larger else answer["better"]}
