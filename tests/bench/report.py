"""Prints the figures as text."""


def table(rows, left=1):
    """Returns a table. The first `left` columns are aligned left, the others right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ('  '.join(cell.ljust(width) if i < left else cell.rjust(width)
                       for i, (cell, width) in enumerate(zip(row, widths))) for row in rows)
    return '\n'.join(line.rstrip() for line in lines) + '\n'


def number(value):
    """Returns about three significant digits."""
    return f'{value:.0f}' if value >= 100 else f'{value:.1f}' if value >= 10 else f'{value:.2f}'


def percent(value):
    return f'{100 * value:.0f} %'


def machine_text(machine):
    rows = [['threads', 'float32 GFLOP/s', 'reading GB/s']]
    rows += [[str(threads), f"{limit['peak_gflops']:.0f}", number(limit['read_gb_per_s'])]
             for threads, limit in machine['limits'].items()]
    return f"{machine['cpu']}, cores {machine['cores']}, {machine['level']}\n\nIts limits, measured\n" + table(rows)


def kernels_text(rows, limit):
    cells = [['kernel', 'layer', 'size', 'ms', 'GFLOP/s', 'of the peak', 'GB/s', 'of the bandwidth']]
    for row in rows:
        flop, bytes_ = row['gflops'], row['gb_per_s']
        cells.append([row['kernel'], row['layer'], row['size'], f"{row['ms']:.3f}",
                      number(flop) if flop else '', percent(flop / limit['peak_gflops']) if flop else '',
                      number(bytes_), percent(bytes_ / limit['read_gb_per_s'])])
    return ('Kernels, 1 thread; input, weights and output counted once each; over 100 % of the bandwidth: from the caches\n'
            + table(cells, left=3))


def disturbed_text(who, core_share):
    """Returns a warning if the load makes the figures unreliable."""
    return f'Disturbed: {who} used {percent(core_share)} of a core during the measurement\n' if core_share > 0.03 else ''


def networks_text(rows):
    """Formats the rows of one network and number of threads."""
    cells = [['batch', 'runtime', 'median ms', 'min', 'max', 'images/s', '/ ONNX Runtime', '/ cv::dnn', 'limit ms',
              'of the limit', 'difference']]
    batch = None
    for row in rows:
        ms = row['median_ms']
        cells.append([str(row['batch']) if row['batch'] != batch else '', row['runtime'], number(ms), number(row['min_ms']),
                      number(row['max_ms']), number(1e3 * row['batch'] / ms), f"{row['over_onnxruntime']:.2f}",
                      f"{row['over_opencv']:.2f}", number(row['limit_ms']), percent(row['limit_ms'] / ms),
                      f"{row['difference']:.0e}"])
        batch = row['batch']
    return f"{rows[0]['network']}, threads {rows[0]['threads']}\n" + (
        table(cells, left=2)
        + disturbed_text('waiting runtimes', max(row['waiting_core_share'] for row in rows)))


NETWORKS_LEGEND = '''Whole networks, without preprocessing; time over ONNX Runtime's and over cv::dnn's
limit: sum over the layers of the larger of two times: multiply-adds (of plain convolutions) at the peak, and one read
of the stored weights at the bandwidth. difference: maximum difference from alexnet's scores, relative to their spread.
'''


def profiling_text(rows):
    cells = [['batch', 'runs', 'plain ms', 'profiled ms', 'profiled / plain', 'sum of the layers ms']]
    cells += [[str(row['batch']), str(row['runs']), number(row['plain_ms']), number(row['profiled_ms']),
               f"{row['profiled_over_plain']:.3f}", number(row['layers_ms'])] for row in rows]
    return 'Cost of profiling: alexnet time, AlexNet, medians; goal 0.95 to 1.05\n' + table(cells)


def one_photo_text(rows):
    base = next(row for row in rows if row['program'] == 'alexnet')
    cells = [['program', 'median ms', 'min', 'max', '/ alexnet', 'peak MiB']]
    cells += [[row['program'], number(row['median_ms']), number(row['min_ms']), number(row['max_ms']),
               f"{row['median_ms'] / base['median_ms']:.2f}", number(row['peak_mib'])] for row in rows]
    return ("Whole process, from exec to exit: a JPEG of 500 x 375, torchvision's AlexNet (the first: the default model)\n"
            + table(cells))


def memory_text(rows):
    keys = ('peak_mib', 'anonymous_mib', 'weights_mapped_mib', 'other_files_mib')
    cells = [['model', 'peak', 'anonymous', 'weights, mapped', 'other files']]
    cells += [[row['model'], *(number(row[key]) for key in keys)] for row in rows]
    return 'Resident MiB of classify: the peak, then the memory that remains after one photo\n' + table(cells)


def folders_text(rows):
    cells = [['folder', 'network', 'images/s', 'cv::dnn', 'ratio', 'goal', 'one thread ms', 'of the cores', 'peak MiB',
              'cv::dnn']]
    cells += [[row['folder'], row['network'], number(row['images_per_s']), number(row['opencv_images_per_s']),
               f"{row['over_opencv']:.2f}", f"{row['goal']:.0f}",
               ' + '.join(f'{ms:.2f}' for ms in row['one_thread_cpu'].values()), f"{row['core_share']:.2f}",
               number(row['peak_mib']), number(row['opencv_peak_mib'])] for row in rows]
    return ('Folders of photos, from exec to exit, and the same in a loop of cv::imread and cv::dnn; classes verified. one thread:\n'
            'CPU time of decode + preprocess + network; of the cores: its share of their time after the start, goal 0.90\n'
            + table(cells, left=2))
