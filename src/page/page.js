/* What the page can do beyond being read: sort and filter the images, go through the stages of a search, zoom to a pixel. Without this
 * script all of it is still there to be read. */
'use strict';
(function () {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const MOST_ZOOM = 5;
  document.documentElement.classList.add('scripted');
  all('.needs-script').forEach(element => { element.hidden = false; });

  /* ---- One image: stages and zoom ---- */

  function showStage(image, at) {
    all('.stage', image).forEach(stage => stage.classList.toggle('shown', Number(stage.dataset.at) === at));
    const slider = image.querySelector('.slider'), shown = image.querySelector('.stage.shown figcaption');
    if (slider && shown) {
      slider.value = at;
      slider.setAttribute('aria-valuetext', shown.textContent.trim());
    }
  }

  /* Both pictures show the same part: the chosen pixel in the middle, or the middle of the image. */
  function zoom(image, level, place) {
    all('.picture', image).forEach(picture => {
      picture.dataset.whole = picture.dataset.whole || picture.getAttribute('viewBox');
      const size = picture.dataset.whole.split(' ').map(Number), width = size[2] / 2 ** level, height = size[3] / 2 ** level;
      const x = place ? place.x + 0.5 : size[2] / 2, y = place ? place.y + 0.5 : size[3] / 2;
      const within = (middle, part, whole) => Math.min(Math.max(middle - part / 2, 0), whole - part);
      picture.setAttribute('viewBox', [within(x, width, size[2]), within(y, height, size[3]), width, height].join(' '));
    });
    const slider = image.querySelector('.zoom');
    if (slider)
      slider.value = level;
  }

  const level = image => Number(image.querySelector('.zoom').value);

  function chosen(image) {
    const row = image.querySelector('.changed tr.chosen');
    return row ? { x: Number(row.dataset.x), y: Number(row.dataset.y) } : null;
  }

  function choose(image, row) {
    all('.changed tr.chosen', image).forEach(other => other.classList.remove('chosen'));
    if (row) {
      row.classList.add('chosen');
      zoom(image, level(image) || 3, chosen(image));
    } else {
      zoom(image, 0, null);
    }
  }

  function chooseNext(image) {
    const rows = all('.changed tbody tr', image), at = rows.findIndex(row => row.classList.contains('chosen'));
    if (rows.length)
      choose(image, rows[(at + 1) % rows.length]);
  }

  function stepStage(image, by) {
    const slider = image.querySelector('.slider');
    if (slider)
      showStage(image, Math.min(Math.max(Number(slider.value) + by, 0), Number(slider.max)));
  }

  function setUp(image) {
    if (image.dataset.ready)
      return;
    image.dataset.ready = '1';
    const last = image.querySelector('.stages');
    if (last)
      showStage(image, Number(last.dataset.last));
    if (!image.querySelector('.tools'))
      return;
    image.querySelector('.slider').addEventListener('input', event => showStage(image, Number(event.target.value)));
    image.querySelector('.zoom').addEventListener('input', event => zoom(image, Number(event.target.value), chosen(image)));
    image.querySelector('.next').addEventListener('click', () => chooseNext(image));
    image.querySelector('.whole').addEventListener('click', () => choose(image, null));
    image.querySelector('.show-rings').addEventListener('change', event => image.classList.toggle('no-rings', !event.target.checked));
    all('.changed tbody tr', image).forEach(row => row.addEventListener('click', () => choose(image, row)));
  }

  /* ---- The list: sort, filter, keys ---- */

  function keyOf(image, key) {
    const value = image.dataset[key];
    if (key === 'file' || key === 'status')
      return value;
    return value === '' ? Infinity : Number(value);
  }

  function sort(list, button) {
    const key = button.dataset.key, down = button.dataset.direction === 'up';
    const images = all('.image', list).map((image, index) => ({ image, index, value: keyOf(image, key) }));
    all('.head button', list).forEach(other => { other.removeAttribute('data-direction'); other.removeAttribute('aria-description'); });
    button.dataset.direction = down ? 'down' : 'up';
    button.setAttribute('aria-description', down ? 'sorted, falling' : 'sorted, rising');
    images.sort((a, b) => {
      if (a.value === b.value)
        return a.index - b.index;
      if (a.value === Infinity || b.value === Infinity) /* what there is none of comes last, either way */
        return a.value === Infinity ? 1 : -1;
      return (a.value < b.value) === down ? 1 : -1;
    });
    const order = document.createDocumentFragment();
    images.forEach(item => order.appendChild(item.image));
    list.appendChild(order);
  }

  function isWanted(image, form) {
    const text = form.text.value.trim().toLowerCase(), pixels = keyOf(image, 'pixels'), after = keyOf(image, 'after');
    return (!text || image.dataset.file.toLowerCase().includes(text)) && (!form.status.value || image.dataset.status === form.status.value) &&
      (form.low.value === '' || (pixels >= Number(form.low.value) && pixels !== Infinity)) &&
      (form.high.value === '' || pixels <= Number(form.high.value)) && (form.p.value === '' || after <= Number(form.p.value));
  }

  function filter(form) {
    const images = all('.image');
    let shown = 0;
    images.forEach(image => {
      image.hidden = !isWanted(image, form);
      shown += !image.hidden;
    });
    form.shown.value = shown + ' of ' + images.length + ' shown';
  }

  function move(image, by) {
    const images = all('.image').filter(other => !other.hidden), next = images[images.indexOf(image) + by];
    if (next)
      next.querySelector('summary').focus();
  }

  const KEYS = {
    ArrowDown: image => move(image, 1), ArrowUp: image => move(image, -1),
    ArrowRight: image => stepStage(image, 1), ArrowLeft: image => stepStage(image, -1),
    '+': image => zoom(image, Math.min(level(image) + 0.5, MOST_ZOOM), chosen(image)),
    '-': image => zoom(image, Math.max(level(image) - 0.5, 0), chosen(image)),
    n: chooseNext,
    Escape: image => { image.open = false; image.querySelector('summary').focus(); },
  };

  document.addEventListener('keydown', event => {
    const image = event.target.closest ? event.target.closest('.image') : null;
    if (!image || event.target.matches('input') || event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key])
      return;
    if (!/^Arrow(Up|Down)$/.test(event.key) && event.key !== 'Escape' && !image.querySelector('.tools'))
      return;
    KEYS[event.key](image);
    event.preventDefault();
  });

  document.addEventListener('toggle', event => {
    if (event.target.matches && event.target.matches('.image') && event.target.open)
      setUp(event.target);
  }, true);
  function openNamed() { /* report.html#r1-i7 is a link to an image */
    const image = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (image && image.matches('.image')) {
      image.open = true;
      image.scrollIntoView();
    }
  }

  window.addEventListener('hashchange', openNamed);
  all('.list').forEach(list => all('.head button', list).forEach(button => button.addEventListener('click', () => sort(list, button))));
  const form = document.querySelector('.filter');
  form.addEventListener('input', () => filter(form));
  form.addEventListener('submit', event => event.preventDefault());
  filter(form);
  openNamed();
}());
