// Clicks on the heads of the tables of layers sort them.
document.querySelectorAll('table.layers').forEach(function (table) {
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const rows = Array.from(body.rows);
  const key = function (row, column) {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  heads.forEach(function (head, column) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', function () {
      const numbers = rows.some(function (row) { return row.cells[column].dataset.value !== undefined; });
      const was = head.getAttribute('aria-sort');
      const down = was ? was === 'ascending' : numbers;
      heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      rows.slice().sort(function (a, b) {
        const x = key(a, column);
        const y = key(b, column);
        if (numbers) {
          if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
          if (typeof x !== 'number') return 0;
          return down ? y - x : x - y;
        }
        return down ? y.localeCompare(x) : x.localeCompare(y);
      }).forEach(function (row) { body.append(row); });
    });
  });
});
