// Buttons and a slider step through the positions of the window.
document.querySelectorAll('.steps').forEach(function (steps) {
  const all = Array.from(steps.querySelectorAll('section'));
  if (all.length === 1) return;
  let at = Math.max(0, all.findIndex(function (s) { return s.hasAttribute('data-chosen'); }));
  const bar = document.createElement('div');
  bar.className = 'stepper';
  const button = function (text, move) {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', function () { show((at + move + all.length) % all.length); });
    return made;
  };
  const slider = document.createElement('input');
  slider.type = 'range';
  slider.min = 0;
  slider.max = all.length - 1;
  slider.setAttribute('aria-label', 'position of the window');
  slider.addEventListener('input', function () { show(Number(slider.value)); });
  const show = function (i) {
    at = i;
    slider.value = i;
    all.forEach(function (s, j) { s.classList.toggle('here', j === i); });
  };
  bar.append(button('Back', -1), slider, button('Next', 1));
  steps.prepend(bar);
  steps.classList.add('on');
  show(at);
});
