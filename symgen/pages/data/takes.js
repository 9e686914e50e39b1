"use strict";
// One at a time, and a line that moves over the roll with the sound. Without scripts the players still play.
const players = Array.from(document.querySelectorAll("audio"));

function place(steps, seconds) {
  let low = 0;
  for (let i = 0; i + 1 < steps.length; i += 1) {
    if (steps[i][0] <= seconds) low = i;
  }
  const [start, x, top, height] = steps[low];
  const next = steps[low + 1];
  const same = next && next[2] === top && next[0] > start;
  const share = same ? Math.min(1, (seconds - start) / (next[0] - start)) : 0;
  return { x: same ? x + share * (next[1] - x) : x, top, height };
}

function follow(player) {
  for (const svg of player.closest("article").querySelectorAll("svg")) {
    const steps = JSON.parse(svg.parentElement.dataset.steps);
    let head = svg.querySelector(".playhead");
    if (!head) {
      head = document.createElementNS("http://www.w3.org/2000/svg", "line");
      head.setAttribute("class", "playhead");
      svg.append(head);
    }
    const { x, top, height } = place(steps, player.currentTime);
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    head.setAttribute("y1", top);
    head.setAttribute("y2", top + height);
  }
}

for (const button of document.querySelectorAll("button[data-start]")) {
  const player = button.closest("article").querySelector("audio");
  button.hidden = false;
  button.addEventListener("click", () => {
    player.currentTime = Number(button.dataset.start);
    player.play().catch(() => {}); // another one was started before this one began
  });
}

for (const player of players) {
  const step = () => {
    follow(player);
    if (!player.paused) requestAnimationFrame(step);
  };
  player.addEventListener("play", () => {
    for (const other of players) if (other !== player) other.pause();
    step();
  });
  player.addEventListener("seeked", () => follow(player));
}
