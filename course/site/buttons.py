"""The theme's buttons, switched on where they can work: the address of the repository, Colab."""

import os
import re
import subprocess
from pathlib import Path


def repository(configured, folder):
    """Address of the repository as https://host/owner/name, or None.

    Looked for in this order: `configured`, the CI that builds the site (GitHub, GitLab), git's remote "origin".

    Parameters
    ----------
    configured : str
    folder : path
        The checkout.
    """
    if configured:
        return configured.rstrip("/")
    if os.environ.get("GITHUB_REPOSITORY"):
        return f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{os.environ['GITHUB_REPOSITORY']}"
    if os.environ.get("CI_PROJECT_URL"):
        return os.environ["CI_PROJECT_URL"]
    try:
        remote = subprocess.run(
            ["git", "remote", "get-url", "origin"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.fullmatch(r"(?:https://|git@|ssh://git@)(?:[^@/]*@)?([\w.-]+\.\w+)[:/](.+?)(?:\.git)?/?", remote)
    return f"https://{match[1]}/{match[2]}" if match else None


def add_buttons(app, config):
    """Switch the theme's buttons on where they can work. Colab opens notebooks from GitHub only."""
    options = config.html_theme_options
    url = repository(options.get("repository_url", ""), Path(app.srcdir))
    options.update(repository_url=url or "", use_repository_button=bool(url), path_to_docs="")
    if url and url.startswith("https://github.com/"):
        options["launch_buttons"] = {"colab_url": "https://colab.research.google.com", "notebook_interface": "classic"}
        app.tags.add("colab")
    else:
        options["launch_buttons"] = {}
